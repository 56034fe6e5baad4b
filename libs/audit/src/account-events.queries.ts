import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsIn, IsInt, IsOptional, Min } from 'class-validator';
import { formatInstant, parseDate, parseInstant } from '#calendar';
import type { EventMetadata, EventStore, JsonObject, RecordedEvent } from '#event-sourcing';
import {
  badParameter,
  type Cursor,
  defineQuery,
  EVENT_STORE,
  IsIdentifier,
  IsText,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  notFound,
  type Page,
} from '#platform';

const ORDERS = ['asc', 'desc'] as const;
const WIRE_NAME = /^[a-z][a-z0-9-]*\.v[1-9][0-9]*$/;

export class AccountEventsParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;

  /** Where to begin: the lowest revision to give, or the highest one with `order=desc`. */
  @IsOptional()
  @IsInt()
  @Min(0)
  fromRevision?: number;

  /** Wire names such as `order-placed.v1`, comma-separated: only these. */
  @IsOptional()
  @IsText({ max: 2_000 })
  types?: string;

  /** Only what was true at this instant or later; a date is the beginning of that day in the ledger's zone. */
  @IsOptional()
  @IsText({ max: 40 })
  since?: string;

  /** Only what was true at this instant or earlier; a date is the end of that day in the ledger's zone. */
  @IsOptional()
  @IsText({ max: 40 })
  until?: string;

  /** By revision; default `asc`. */
  @IsOptional()
  @IsIn(ORDERS)
  order?: (typeof ORDERS)[number];
}

/** An event as it is stored: in the version in which it was written, personal fields encrypted. */
export interface AccountEventItem {
  readonly revision: number;
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly actor: string;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
}

export class AccountEventsQuery extends ListQuery<AccountEventsParameters, AccountEventItem> {}

export const accountEvents = defineQuery({
  summary: 'The history of an account, event by event as it is stored',
  permission: 'history',
  parameters: AccountEventsParameters,
  query: AccountEventsQuery,
  form: 'list',
  example: {
    revision: 3,
    position: '1804',
    eventId: '3f0c1a52-7c0e-4a53-9a34-1b8a4b7f2d10',
    type: 'visit-logged.v1',
    occurredAt: '2026-04-12T02:00:00.000Z',
    recordedAt: '2026-04-12T09:31:07.412Z',
    actor: 'li-na',
    data: { channel: 'on-site', visitId: 'vis-2026-0412' },
    metadata: {
      $causationId: '8f7d0f7e-5f0f-4a6f-8a55-3f1f3d0a2c11',
      $correlationId: '8f7d0f7e-5f0f-4a6f-8a55-3f1f3d0a2c11',
      actor: 'li-na',
      commandId: '8f7d0f7e-5f0f-4a6f-8a55-3f1f3d0a2c11',
      hash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      occurredAt: '2026-04-12T02:00:00.000Z',
      prevHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      recordedAt: '2026-04-12T09:31:07.412Z',
      role: 'sales',
      schema: 1,
      source: 'http',
    },
  },
});

/** Reads the account's stream itself: what an auditor sees is the log, no read model of it. */
@QueryHandler(AccountEventsQuery)
export class AccountEventsHandler implements IQueryHandler<AccountEventsQuery> {
  constructor(
    @Inject(EVENT_STORE) private readonly eventStore: EventStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters }: AccountEventsQuery): Promise<ListAnswer<AccountEventItem>> {
    const stream = `account-${parameters.accountId}`;
    const matches = this.matcher(parameters);
    if (!(await this.exists(stream))) {
      throw notFound('account-not-found', `There is no account ${parameters.accountId}.`);
    }
    return {
      page: (after, limit) => this.page(stream, parameters, matches, after, limit),
      cursor: [{ type: 'count' }],
      columns: [
        ...['revision', 'position', 'eventId', 'type', 'occurredAt', 'recordedAt', 'actor'],
        ...['data', 'metadata'],
      ],
    };
  }

  private async page(
    stream: string,
    { fromRevision, order = 'asc' }: AccountEventsParameters,
    matches: ((event: RecordedEvent) => boolean) | undefined,
    after: Cursor | undefined,
    limit: number,
  ): Promise<Page<AccountEventItem>> {
    const step = order === 'asc' ? 1 : -1;
    const from = after === undefined ? fromRevision : Number(after[0]) + step;
    if (from !== undefined && from < 0) return { items: [] };
    const items: AccountEventItem[] = [];
    const events = this.eventStore.readStream(stream, {
      direction: order === 'asc' ? 'forwards' : 'backwards',
      ...(from === undefined ? {} : { from }),
      ...(matches === undefined ? { limit: limit + 1 } : {}),
    });
    for await (const event of events) {
      if (matches !== undefined && !matches(event)) continue;
      const last = items.at(-1);
      if (items.length === limit && last !== undefined) return { items, next: [last.revision] };
      items.push(item(event));
    }
    return { items };
  }

  private async exists(stream: string): Promise<boolean> {
    for await (const _ of this.eventStore.readStream(stream, { limit: 1 })) return true;
    return false;
  }

  /** What the parameters leave of the events; `undefined`: all. @throws Problem */
  private matcher({ types, since, until }: AccountEventsParameters): ((event: RecordedEvent) => boolean) | undefined {
    if (types === undefined && since === undefined && until === undefined) return undefined;
    const wanted = types === undefined ? undefined : wireNames(types);
    const first = since === undefined ? '' : formatInstant(this.instantOf('since', since, 0));
    const last = until === undefined ? undefined : formatInstant(this.instantOf('until', until, 1));
    return ({ type, metadata: { occurredAt } }) =>
      (wanted === undefined || wanted.has(type)) && occurredAt >= first && (last === undefined || occurredAt <= last);
  }

  /** @param end 0: the first instant of a date, 1: its last one */
  private instantOf(name: string, text: string, end: 0 | 1): number {
    const day = parseDate(text);
    const { calendar } = this.settings;
    const instant = day === undefined ? parseInstant(text) : calendar.startOfDay(day + end) - end;
    if (instant !== undefined) return instant;
    throw badParameter(name, 'instant', 'must be an ISO 8601 instant with an offset, or a date');
  }
}

function wireNames(text: string): ReadonlySet<string> {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => WIRE_NAME.test(name))) return new Set(names);
  throw badParameter(
    'types',
    'wire-names',
    'must be wire names of events, such as order-placed.v1, separated by commas',
  );
}

function item({ revision, position, id, type, data, metadata }: RecordedEvent): AccountEventItem {
  const { occurredAt, recordedAt, actor } = metadata;
  return { revision, position: String(position), eventId: id, type, occurredAt, recordedAt, actor, data, metadata };
}
