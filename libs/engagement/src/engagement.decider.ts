import { List } from 'immutable';
import { CONTACT_ADDED } from '#accounts/events';
import {
  type Command,
  contentHash,
  type Decider,
  type Decision,
  type DomainEvent,
  type JsonValue,
  KeyedState,
  reject,
  textForm,
  type ValueForm,
} from '#event-sourcing';
import {
  CADENCE_SET,
  type CadenceSetData,
  type EngagementEvent,
  type NextStep,
  VISIT_LOGGED,
  type VisitChannel,
  type VisitLoggedData,
} from './engagement.events.js';

/** Optional members may also be null, which says the same as leaving them out; so does an empty list. */
export type LogVisitCommand = Command<
  'log-visit',
  {
    readonly visitId: string;
    readonly channel: VisitChannel;
    readonly visitedAt: string;
    readonly participants?: readonly string[] | null;
    readonly summary?: string | null;
    readonly needs?: readonly string[] | null;
    readonly issues?: readonly string[] | null;
    readonly nextStep?: { readonly text: string; readonly due?: string | null } | null;
  }
>;

export type SetCadenceCommand = Command<
  'set-cadence',
  {
    readonly every: string;
    readonly graceDays?: number | null;
    readonly start?: string | null;
    readonly at: string;
  }
>;

export type EngagementCommand = LogVisitCommand | SetCadenceCommand;

interface DatedCadence {
  readonly from: string;
  readonly cadence: CadenceSetData;
}

export interface EngagementState {
  /** What was said of each visit, as a hash, by its id. */
  readonly visits: KeyedState<string>;
  /** Has the ids of all contacts the account ever had. */
  readonly contacts: KeyedState<true>;
  /** By date; of the same date the later recorded last. */
  readonly cadences: List<DatedCadence>;
}

const presence: ValueForm<true> = { write: () => 1, read: () => true };

/** Decides what is logged of the engagement with one account. */
export function engagementDecider(): Decider<EngagementState, EngagementCommand> {
  return {
    name: 'engagement',
    commands: ['log-visit', 'set-cadence'],
    version: 1,
    snapshot: {
      write: ({ cadences }) => cadences.toArray() as unknown as JsonValue,
      read: (rest, { visits, contacts }, part) => ({
        visits: part(visits),
        contacts: part(contacts),
        cadences: List(rest as unknown as readonly DatedCadence[]),
      }),
    },
    initial: () => ({
      visits: KeyedState.empty('engagement.visits', textForm),
      contacts: KeyedState.empty('engagement.contacts', presence),
      cadences: List(),
    }),
    evolve,
    decide: (command, state) =>
      command.type === 'log-visit' ? decideVisit(command, state) : decideCadence(command, state),
  };
}

function evolve(state: EngagementState, event: DomainEvent<string, object>): EngagementState {
  switch (event.type) {
    case VISIT_LOGGED: {
      const data = event.data as VisitLoggedData;
      return { ...state, visits: state.visits.set(data.visitId, visitHash(data, event.occurredAt)) };
    }
    case CADENCE_SET:
      return { ...state, cadences: withCadence(state.cadences, event.occurredAt, event.data as CadenceSetData) };
    case CONTACT_ADDED: {
      const { contactId } = event.data as { readonly contactId: string };
      return { ...state, contacts: state.contacts.set(contactId, true) };
    }
    default:
      return state;
  }
}

/** Cadences come in the order of their dates but for corrections, so the place is looked for from the end. */
function withCadence(cadences: List<DatedCadence>, from: string, cadence: CadenceSetData): List<DatedCadence> {
  let place = cadences.size;
  while (place > 0 && (cadences.get(place - 1)?.from ?? '') > from) place--;
  // Inserting copies the list, pushing does not.
  return place === cadences.size ? cadences.push({ from, cadence }) : cadences.insert(place, { from, cadence });
}

function decideVisit({ data }: LogVisitCommand, state: EngagementState): Decision {
  const visit = visitOf(data);
  const known = state.visits.get(data.visitId);
  if (known !== undefined) {
    if (known === visitHash(visit, data.visitedAt)) return [];
    return reject('conflict', 'id-exists', `A visit ${data.visitId} with other content is logged already.`);
  }
  // A participant is a reference, not a state of affairs: a contact added only after the visit may have been there.
  const unknown = (visit.participants ?? []).filter((contactId) => !state.contacts.has(contactId));
  if (unknown.length > 0) {
    return reject('rule', 'contact-not-found', `The account has no contact ${unknown.join(', ')}.`, {
      participants: unknown,
    });
  }
  return events({ type: VISIT_LOGGED, data: visit, occurredAt: data.visitedAt });
}

function decideCadence({ data }: SetCadenceCommand, state: EngagementState): Decision {
  const cadence: CadenceSetData = {
    every: data.every,
    graceDays: data.graceDays ?? 0,
    ...given('start', data.start),
  };
  const inForce = state.cadences.findLast(({ from }) => from <= data.at)?.cadence;
  if (inForce?.every === cadence.every && inForce.graceDays === cadence.graceDays && inForce.start === cadence.start) {
    return [];
  }
  return events({ type: CADENCE_SET, data: cadence, occurredAt: data.at });
}

function visitOf(data: LogVisitCommand['data']): VisitLoggedData {
  return {
    visitId: data.visitId,
    channel: data.channel,
    ...givenList('participants', data.participants),
    ...given('summary', data.summary),
    ...givenList('needs', data.needs),
    ...givenList('issues', data.issues),
    ...given('nextStep', nextStepOf(data.nextStep)),
  };
}

function nextStepOf(step: LogVisitCommand['data']['nextStep']): NextStep | undefined {
  return step === undefined || step === null ? undefined : { text: step.text, ...given('due', step.due) };
}

function visitHash(visit: VisitLoggedData, visitedAt: string): string {
  return contentHash({ ...visit, visitedAt });
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [N in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: Value });
}

function givenList<Name extends string>(name: Name, list: readonly string[] | null | undefined) {
  return given(name, list?.length === 0 ? undefined : list);
}

function events(...facts: readonly EngagementEvent[]): readonly EngagementEvent[] {
  return facts;
}
