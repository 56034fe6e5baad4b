import { List } from 'immutable';
import { type Command, contentHash, type Decision, type DomainEvent, reject } from '#event-sourcing';
import { ACCOUNT_LOST, ACCOUNT_RECOVERED, type AccountLostData, type AccountRecoveredData } from './accounts.events.js';
import { type Timeline, valueAt, withFact } from './timeline.js';

interface StandingBody {
  readonly accountId: string;
  readonly reason: string;
  readonly competitor?: string | null;
  readonly at: string;
}

export type ReportLossCommand = Command<'report-loss', StandingBody>;
export type ReportRecoveryCommand = Command<'report-recovery', StandingBody>;

/** Whether the account is lost, and a hash of what was said of it. */
export type StandingState = Timeline<{ readonly lost: boolean; readonly content: string }>;

export const active: StandingState = List();

export function evolveStanding(state: StandingState, event: DomainEvent<string, object>): StandingState {
  if (event.type !== ACCOUNT_LOST && event.type !== ACCOUNT_RECOVERED) return state;
  const data = event.data as AccountLostData | AccountRecoveredData;
  return withFact(state, event.occurredAt, {
    lost: event.type === ACCOUNT_LOST,
    content: contentHash({ ...data }),
  });
}

export function decideStanding(
  { type, data }: ReportLossCommand | ReportRecoveryCommand,
  state: StandingState,
): Decision {
  const { at, reason, competitor } = data;
  const lost = type === 'report-loss';
  const fact = { reason, ...(competitor === undefined || competitor === null ? {} : { competitor }) };
  const content = contentHash(fact);
  if (state.some(([from, said]) => from === at && said.lost === lost && said.content === content)) return [];
  if ((valueAt(state, at)?.lost ?? false) === lost) {
    return lost
      ? reject('rule', 'account-already-lost', 'The account is lost on that date already.')
      : reject('rule', 'account-not-lost', 'The account is not lost on that date.');
  }
  return [{ type: lost ? ACCOUNT_LOST : ACCOUNT_RECOVERED, data: fact, occurredAt: at }];
}
