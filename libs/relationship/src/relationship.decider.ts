import { type AccountsEvent, CONTACT_ADDED, CONTACT_CHANGED, CONTACT_DEPARTED } from '#accounts/events';
import { AGREEMENT_LAPSED, AGREEMENT_SIGNED, type AgreementsEvent, PLAN_ADOPTED } from '#agreements/events';
import type { ZonedCalendar } from '#calendar';
import { ACCOUNT_APPRAISED, type ClassificationEvent } from '#classification/events';
import {
  type Command,
  type CommandContext,
  type Decider,
  type Decision,
  type JsonObject,
  KeyedState,
  reject,
} from '#event-sourcing';
import { CREDIT_NOTE_ISSUED, ORDER_CANCELLED, ORDER_PLACED, ORDER_RETURNED, type OrdersEvent } from '#orders/events';
import {
  NO_APPRAISALS,
  NO_COMMITMENTS,
  NO_CONTACTS,
  withAgreementEvent,
  withAppraisal,
  withContactEvent,
} from './dated-facts.js';
import { NO_ORDERS, withRevenueEvent } from './order-days.js';
import {
  DISINTEGRATION_DECLARED,
  FIRST_STAGE,
  type RelationshipEvent,
  STAGE_ADVANCED,
  STAGE_REGRESSED,
  type Stage,
  type UnmetGuard,
} from './relationship.events.js';
import { NO_TRANSITIONS, relationshipSnapshot } from './relationship-snapshot.js';
import { type GuardFacts, unmetGuards } from './stage-guards.js';

export type ChangeStageCommand = Command<
  'change-stage',
  {
    readonly to: Stage;
    readonly at: string;
    readonly evidence?: string | null;
    readonly reason?: string | null;
    readonly override?: boolean | null;
  }
>;

export interface RelationshipState {
  readonly stage: Stage;
  /** Instant of the last transition; none: still in the first stage. */
  readonly stageSince?: string;
  /** Instant and stage of every transition, to know one that is sent again. */
  readonly transitions: KeyedState<true>;
  readonly facts: GuardFacts;
}

type FoldedEvent = RelationshipEvent | OrdersEvent | AccountsEvent | AgreementsEvent | ClassificationEvent;

/** The move from one stage to the next one deeper. */
const DEEPER: Readonly<Partial<Record<Stage, Stage>>> = {
  exploratory: 'cooperative',
  cooperative: 'interdependent',
  interdependent: 'integrated',
  disintegrating: 'cooperative',
};

const MAY_OVERRIDE: ReadonlySet<string> = new Set(['manager', 'admin']);

/** Moves an account between the stages of the relationship; guards look at the facts dated up to the move. */
export function relationshipDecider({
  calendar,
}: {
  readonly calendar: ZonedCalendar;
}): Decider<RelationshipState, ChangeStageCommand> {
  return {
    name: 'relationship',
    commands: ['change-stage'],
    version: 1,
    snapshot: relationshipSnapshot,
    initial: () => ({
      stage: FIRST_STAGE,
      transitions: NO_TRANSITIONS,
      facts: {
        orders: NO_ORDERS,
        contacts: NO_CONTACTS,
        commitments: NO_COMMITMENTS,
        appraisals: NO_APPRAISALS,
      },
    }),
    evolve: (state, event) => evolve(state, event as FoldedEvent),
    decide: ({ data }, state, context) => changeStage(data, state, context, calendar),
  };
}

function evolve(state: RelationshipState, event: FoldedEvent): RelationshipState {
  const { facts } = state;
  switch (event.type) {
    case STAGE_ADVANCED:
    case STAGE_REGRESSED:
    case DISINTEGRATION_DECLARED:
      return withTransition(state, event);
    case ORDER_PLACED:
    case ORDER_RETURNED:
    case ORDER_CANCELLED:
    case CREDIT_NOTE_ISSUED:
      return { ...state, facts: { ...facts, orders: withRevenueEvent(facts.orders, event) } };
    case CONTACT_ADDED:
    case CONTACT_CHANGED:
    case CONTACT_DEPARTED: {
      const contacts = withContactEvent(facts.contacts, event);
      return contacts === facts.contacts ? state : { ...state, facts: { ...facts, contacts } };
    }
    case AGREEMENT_SIGNED:
    case AGREEMENT_LAPSED:
    case PLAN_ADOPTED:
      return { ...state, facts: { ...facts, commitments: withAgreementEvent(facts.commitments, event) } };
    case ACCOUNT_APPRAISED: {
      const appraisals = withAppraisal(facts.appraisals, event);
      return appraisals === facts.appraisals ? state : { ...state, facts: { ...facts, appraisals } };
    }
    default:
      return state;
  }
}

function withTransition(state: RelationshipState, { type, data, occurredAt }: RelationshipEvent): RelationshipState {
  const becameCooperative = type === STAGE_ADVANCED && data.to === 'cooperative';
  return {
    stage: data.to,
    stageSince: occurredAt,
    transitions: state.transitions.set(transitionKey(data.to, occurredAt), true),
    facts: becameCooperative ? { ...state.facts, cooperativeSince: occurredAt } : state.facts,
  };
}

function transitionKey(to: Stage, at: string): string {
  return `${at} ${to}`;
}

function changeStage(
  { to, at, evidence, reason, override }: ChangeStageCommand['data'],
  { stage, stageSince, transitions, facts }: RelationshipState,
  { role }: CommandContext,
  calendar: ZonedCalendar,
): Decision {
  if (override === true && !MAY_OVERRIDE.has(role)) {
    return reject('forbidden', 'override-not-allowed', 'Only a manager may override the guards of a stage.');
  }
  if (transitions.has(transitionKey(to, at))) return [];
  if (stageSince !== undefined && at < stageSince) {
    return reject('rule', 'out-of-order', `The account entered its stage at ${stageSince}: no move can lie before.`, {
      at,
      stageSince,
    });
  }
  const move = moveOf(stage, to);
  if (move === undefined) {
    return reject('rule', 'stage-not-adjacent', `There is no move from ${stage} to ${to}.`, { from: stage, to });
  }
  if (reason == null && (move !== 'advance' || override === true)) {
    return reject('rule', 'reason-required', `${REASON_NEEDED[move]} needs a reason.`, { from: stage, to });
  }
  const unmet = move === 'advance' ? unmetGuards(to, facts, at, calendar) : [];
  if (unmet.length > 0 && override !== true) {
    const names = unmet.map(({ guard }) => guard).join(', ');
    return reject('rule', 'stage-guard', `The account may not become ${to} yet: unmet are ${names}.`, { unmet });
  }
  const data: JsonObject = {
    from: stage,
    to,
    ...(stageSince !== undefined && { fromSince: stageSince }),
    ...(evidence != null && { evidence }),
    ...(reason != null && { reason }),
    ...overridden(unmet),
  };
  return [{ type: EVENT_OF[move], data, occurredAt: at }];
}

type Move = 'advance' | 'regress' | 'disintegrate';

const EVENT_OF = {
  advance: STAGE_ADVANCED,
  regress: STAGE_REGRESSED,
  disintegrate: DISINTEGRATION_DECLARED,
} as const satisfies Record<Move, string>;

const REASON_NEEDED = {
  advance: 'An override',
  regress: 'A move back',
  disintegrate: 'Calling a relationship disintegrating',
} as const satisfies Record<Move, string>;

/** The kind of the move from one stage to another; undefined where there is none. */
function moveOf(from: Stage, to: Stage): Move | undefined {
  if (from === to) return undefined;
  if (to === 'disintegrating') return 'disintegrate';
  if (DEEPER[from] === to) return 'advance';
  return from !== 'disintegrating' && DEEPER[to] === from ? 'regress' : undefined;
}

/** Nothing was overridden where every guard was met, whatever the manager offered. */
function overridden(unmet: readonly UnmetGuard[]): JsonObject {
  return unmet.length === 0 ? {} : { override: true, unmet };
}
