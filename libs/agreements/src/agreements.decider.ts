import {
  type Command,
  contentHash,
  type Decider,
  type Decision,
  type JsonObject,
  KeyedState,
  reject,
  textForm,
  type ValueForm,
} from '#event-sourcing';
import {
  AGREEMENT_LAPSED,
  AGREEMENT_SIGNED,
  type AgreementsEvent,
  type AgreementTerm,
  PLAN_ADOPTED,
  type PlanObjective,
} from './agreements.events.js';

export type SignAgreementCommand = Command<
  'sign-agreement',
  {
    readonly agreementId: string;
    readonly signedAt: string;
    readonly start: string;
    readonly end: string;
    readonly terms: readonly AgreementTerm[];
  }
>;

export type LapseAgreementCommand = Command<
  'lapse-agreement',
  { readonly agreementId: string; readonly at: string; readonly reason?: string | null }
>;

export type AdoptPlanCommand = Command<
  'adopt-plan',
  { readonly planId: string; readonly adoptedAt: string; readonly objectives: readonly PlanObjective[] }
>;

export type AgreementsCommand = SignAgreementCommand | LapseAgreementCommand | AdoptPlanCommand;

interface SignedAgreement {
  /** Of all that was signed, so that the same agreement sent again is told from another one. */
  readonly content: string;
  readonly signedAt: string;
  readonly lapsedAt?: string;
}

export interface AgreementsState {
  readonly agreements: KeyedState<SignedAgreement>;
  /** Content hash of each plan. */
  readonly plans: KeyedState<string>;
}

const signedForm: ValueForm<SignedAgreement> = {
  write: ({ ...signed }) => signed,
  read: (json) => json as unknown as SignedAgreement,
};

/** Signs and ends an account's agreements, and adopts its joint plans. */
export function agreementsDecider(): Decider<AgreementsState, AgreementsCommand> {
  return {
    name: 'agreements',
    commands: ['sign-agreement', 'lapse-agreement', 'adopt-plan'],
    version: 1,
    snapshot: {
      write: () => null,
      read: (_, { agreements, plans }, part) => ({ agreements: part(agreements), plans: part(plans) }),
    },
    initial: () => ({
      agreements: KeyedState.empty('agreements', signedForm),
      plans: KeyedState.empty('agreements.plans', textForm),
    }),
    evolve: (state, event) => evolve(state, event as AgreementsEvent),
    decide(command, state) {
      switch (command.type) {
        case 'sign-agreement':
          return sign(command.data, state);
        case 'lapse-agreement':
          return lapse(command.data, state);
        case 'adopt-plan':
          return adopt(command.data, state);
      }
    },
  };
}

function evolve(state: AgreementsState, event: AgreementsEvent): AgreementsState {
  switch (event.type) {
    case AGREEMENT_SIGNED: {
      const { agreementId, start, end, terms } = event.data;
      const signedAt = event.occurredAt;
      const content = agreementContent({ signedAt, start, end, terms });
      return { ...state, agreements: state.agreements.set(agreementId, { content, signedAt }) };
    }
    case AGREEMENT_LAPSED: {
      const agreement = state.agreements.get(event.data.agreementId);
      if (agreement === undefined) return state;
      const lapsed = { ...agreement, lapsedAt: event.occurredAt };
      return { ...state, agreements: state.agreements.set(event.data.agreementId, lapsed) };
    }
    case PLAN_ADOPTED: {
      const { planId, objectives } = event.data;
      return { ...state, plans: state.plans.set(planId, planContent(event.occurredAt, objectives)) };
    }
    default:
      return state;
  }
}

function sign(data: SignAgreementCommand['data'], { agreements }: AgreementsState): Decision {
  const { agreementId, signedAt, start, end } = data;
  const terms = data.terms.map(withoutNulls);
  const known = agreements.get(agreementId);
  if (known !== undefined) {
    return known.content === agreementContent({ signedAt, start, end, terms })
      ? []
      : idExists('agreement', agreementId);
  }
  if (end < start) {
    return reject('rule', 'ends-before-start', `The agreement would end on ${end}, before it starts on ${start}.`, {
      start,
      end,
    });
  }
  return [{ type: AGREEMENT_SIGNED, data: { agreementId, start, end, terms }, occurredAt: signedAt }];
}

function lapse(data: LapseAgreementCommand['data'], { agreements }: AgreementsState): Decision {
  const { agreementId, at, reason } = data;
  const agreement = agreements.get(agreementId);
  if (agreement === undefined) {
    return reject('not-found', 'agreement-not-found', `The account has no agreement ${agreementId}.`);
  }
  const { signedAt, lapsedAt } = agreement;
  if (at < signedAt) {
    return reject('rule', 'out-of-order', `The agreement was signed at ${signedAt}: it cannot lapse before.`, {
      at,
      signedAt,
    });
  }
  if (lapsedAt !== undefined) {
    // At `at` it had lapsed already: that is so, whoever says it again. An earlier end would be another fact.
    if (at >= lapsedAt) return [];
    return reject('conflict', 'agreement-lapsed', `The agreement lapsed at ${lapsedAt} already.`, { at, lapsedAt });
  }
  return [{ type: AGREEMENT_LAPSED, data: withoutNulls({ agreementId, reason }), occurredAt: at }];
}

function adopt(data: AdoptPlanCommand['data'], { plans }: AgreementsState): Decision {
  const { planId, adoptedAt } = data;
  const objectives = data.objectives.map(withoutNulls);
  const known = plans.get(planId);
  if (known !== undefined) return known === planContent(adoptedAt, objectives) ? [] : idExists('plan', planId);
  return [{ type: PLAN_ADOPTED, data: { planId, objectives }, occurredAt: adoptedAt }];
}

function idExists(thing: string, id: string): Decision {
  return reject('conflict', 'id-exists', `There is another ${thing} ${id} of this account, with other content.`);
}

function agreementContent(agreement: {
  readonly signedAt: string;
  readonly start: string;
  readonly end: string;
  readonly terms: readonly AgreementTerm[];
}): string {
  return contentHash(agreement);
}

function planContent(adoptedAt: string, objectives: readonly PlanObjective[]): string {
  return contentHash({ adoptedAt, objectives });
}

/** A member that may be left out may also be sent as null, which means the same. */
function withoutNulls<T extends JsonObject>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member != null)) as T;
}
