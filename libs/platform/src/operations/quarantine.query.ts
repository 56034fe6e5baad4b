import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { ListAnswer } from '../queries/list.js';
import { defineQuery, ListParameters, ListQuery } from '../queries/query-definition.js';
import { Quarantine, type QuarantineItem } from './quarantine.js';
import { seesStream } from './stream-visibility.js';

export class QuarantineQuery extends ListQuery<ListParameters, QuarantineItem> {}

export const QUARANTINE_EXAMPLE = {
  projection: 'orders',
  version: 1,
  stream: 'account-acme',
  revision: 17,
  eventId: '0d6f2f0e-3f6f-4b43-8f0c-6a4f2c9a6c1b',
  type: 'order-placed.v1',
  error: 'TypeError: the amount of "revenue" is no bigint',
  at: '2026-11-23T10:00:00.000Z',
  eventsHeldBack: 3,
  state: 'parked',
} as const;

export const quarantine = defineQuery({
  summary: 'The streams that projections have stopped at',
  permission: 'administration',
  parameters: ListParameters,
  query: QuarantineQuery,
  form: 'list',
  example: QUARANTINE_EXAMPLE,
});

@QueryHandler(QuarantineQuery)
export class QuarantineHandler implements IQueryHandler<QuarantineQuery> {
  constructor(private readonly quarantine: Quarantine) {}

  async execute({ reader }: QuarantineQuery): Promise<ListAnswer<QuarantineItem>> {
    const { quarantine } = this;
    return {
      columns: Object.keys(QUARANTINE_EXAMPLE),
      cursor: [{ type: 'text' }],
      async page(after, limit) {
        // In the order of the names: a stream that leaves the list meanwhile moves no other to another page.
        const behind = (await quarantine.pointers())
          .filter(({ pointer }) => seesStream(reader, pointer.stream))
          .map((parked) => ({ parked, key: JSON.stringify([parked.pointer.projection, parked.pointer.stream]) }))
          .filter(({ key }) => after === undefined || key > String(after[0]))
          .sort((a, b) => (a.key < b.key ? -1 : 1));
        const items = await quarantine.items(behind.slice(0, limit).map(({ parked }) => parked));
        const last = behind[limit - 1];
        return behind.length > limit && last !== undefined ? { items, next: [last.key] } : { items };
      },
    };
  }
}
