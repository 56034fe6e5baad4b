import { Query } from '@nestjs/cqrs';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { JsonObject } from '#event-sourcing';
import type { Permission } from '../commands/command-definition.js';
import { IsText } from '../rules/rules.js';
import type { ListAnswer, Reader } from './list.js';

/** A question on its way over the query bus: its parameters, checked, and who asks. */
export class LedgerQuery<Parameters extends object, Answer> extends Query<Answer> {
  constructor(
    readonly parameters: Parameters,
    readonly reader: Reader,
  ) {
    super();
  }
}

/** A question whose answer is a list. */
export class ListQuery<Parameters extends object, Item extends object> extends LedgerQuery<
  Parameters,
  ListAnswer<Item>
> {}

/** Parameters that every list takes; the platform reads them, query handlers need not. */
export class ListParameters {
  /** Items a page, 1 to 500; default 50. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;

  /** `nextCursor` of the page before. */
  @IsOptional()
  @IsText({ max: 2_000 })
  cursor?: string;
}

/** One question that the API answers. */
export interface QueryDefinition<Parameters extends object = object> {
  /** One line for the API's page. */
  readonly summary: string;
  readonly permission: Permission;
  /**
   * The class whose class-validator rules the parameters obey, those of the path and of the query string together. Texts
   * become numbers and booleans where the property is declared as such.
   */
  readonly parameters: new () => Parameters;
  readonly query: new (parameters: Parameters, reader: Reader) => LedgerQuery<Parameters, unknown>;
  /** `list`: the handler gives a {@link ListAnswer}, and `parameters` extends {@link ListParameters}. */
  readonly form: 'list' | 'object';
  /** An answer, or an item of a list, for the API's page. */
  readonly example: JsonObject;
}

/** Checks a definition's types where it is written. */
export function defineQuery<Parameters extends object>(
  definition: QueryDefinition<Parameters>,
): QueryDefinition<Parameters> {
  return definition;
}
