import { type Command, contentHash, type Decider, type DomainEvent, KeyedState, textForm } from '#event-sourcing';
import { ACCOUNT_APPRAISED, type AccountAppraised, type AccountAppraisedData } from './classification.events.js';

export type AppraiseAccountCommand = Command<
  'appraise-account',
  AccountAppraisedData & { readonly accountId: string; readonly at: string }
>;

/** For each criterion and instant, the content of the appraisal recorded last. */
export type AppraisalsState = KeyedState<string>;

/** Takes part in the stream of an account: judgements of it. */
export function classificationDecider(): Decider<AppraisalsState, AppraiseAccountCommand> {
  return {
    name: 'classification',
    commands: ['appraise-account'],
    version: 1,
    snapshot: { write: () => null, read: (_, appraisals, part) => part(appraisals) },
    initial: () => KeyedState.empty('classification.appraisals', textForm),

    evolve(state, event) {
      if (event.type !== ACCOUNT_APPRAISED) return state;
      const { data, occurredAt } = event as AccountAppraised;
      return state.set(placeOf(data, occurredAt), hashOf(data));
    },

    /** The same judgement of the same instant again changes nothing; another one of that instant takes its place. */
    decide({ data: { criterion, points, evidence, at } }, state) {
      const judgement = { criterion, points, ...(evidence == null ? {} : { evidence }) };
      if (state.get(placeOf(judgement, at)) === hashOf(judgement)) return [];
      return [{ type: ACCOUNT_APPRAISED, data: judgement, occurredAt: at } as DomainEvent];
    },
  };
}

function placeOf({ criterion }: AccountAppraisedData, at: string): string {
  return `${at} ${criterion}`;
}

function hashOf({ criterion, points, evidence }: AccountAppraisedData): string {
  return contentHash([criterion, points, evidence ?? null]);
}
