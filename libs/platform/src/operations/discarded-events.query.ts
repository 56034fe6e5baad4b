import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { type ListAnswer, wholeList } from '../queries/list.js';
import { defineQuery, ListParameters, ListQuery } from '../queries/query-definition.js';
import { type DiscardDecision, DiscardDecisions } from './discarded-events.js';
import { seesStream } from './stream-visibility.js';

export class DiscardedEventsQuery extends ListQuery<ListParameters, DiscardDecision> {}

export const DISCARD_EXAMPLE = {
  projection: 'orders',
  stream: 'account-acme',
  revision: 17,
  eventId: '0d6f2f0e-3f6f-4b43-8f0c-6a4f2c9a6c1b',
  type: 'order-placed.v1',
  error: 'TypeError: the amount of "revenue" is no bigint',
  reason: 'Entered twice in the old system.',
  actor: 'admin',
  at: '2026-11-23T10:05:00.000Z',
} satisfies DiscardDecision;

export const discardedEvents = defineQuery({
  summary: 'The events that projections skip for ever, and who decided so',
  permission: 'audit',
  parameters: ListParameters,
  query: DiscardedEventsQuery,
  form: 'list',
  example: DISCARD_EXAMPLE,
});

@QueryHandler(DiscardedEventsQuery)
export class DiscardedEventsHandler implements IQueryHandler<DiscardedEventsQuery> {
  constructor(private readonly decisions: DiscardDecisions) {}

  async execute({ reader }: DiscardedEventsQuery): Promise<ListAnswer<DiscardDecision>> {
    const all = (await this.decisions.all()).filter(({ stream }) => seesStream(reader, stream));
    return wholeList(
      all.sort((a, b) => (a.at < b.at ? -1 : 1)),
      { columns: Object.keys(DISCARD_EXAMPLE) },
    );
  }
}
