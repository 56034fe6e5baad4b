import { Injectable } from '@nestjs/common';
import type { JsonValue } from '#event-sourcing';
import type { Reader } from './list.js';

/** What a capability adds to the 360° portrait of an account: the member `key` of `GET /accounts/{id}`. */
export interface PortraitPart {
  readonly key: string;
  /** @param asOf day number: facts up to the end of this day count @param reader who may see the account */
  load(accountId: string, asOf: number, reader: Pick<Reader, 'accounts'>): Promise<JsonValue>;
}

/** What a capability adds to every row of `GET /accounts`, so that the list can be filtered by it. */
export interface AccountFacet {
  /** `tier`, `stage`, `overdueVisit`, … */
  readonly key: string;
  /** What stands for accounts that `load` leaves out. */
  readonly absent: string | boolean | null;
  /** @param accounts only these are asked for; a facet that gains nothing by that may give all */
  load(asOf: number, accounts?: readonly string[]): Promise<ReadonlyMap<string, string | boolean | null>>;
}

/** Where capabilities put their parts of portraits and lists; each does so in its module's constructor. */
@Injectable()
export class PortraitRegistry {
  readonly #parts: PortraitPart[] = [];
  readonly #facets: AccountFacet[] = [];

  addPart(part: PortraitPart): void {
    this.#parts.push(part);
  }

  addFacet(facet: AccountFacet): void {
    this.#facets.push(facet);
  }

  get parts(): readonly PortraitPart[] {
    return this.#parts;
  }

  get facets(): readonly AccountFacet[] {
    return this.#facets;
  }
}
