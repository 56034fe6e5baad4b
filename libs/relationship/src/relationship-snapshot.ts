import { Map as ImmutableMap, List } from 'immutable';
import { type JsonValue, KeyedState, type SnapshotForm } from '#event-sourcing';
import type { AgreementFacts, Dated } from './dated-facts.js';
import type { RelationshipState } from './relationship.decider.js';
import type { Stage } from './relationship.events.js';

export const NO_TRANSITIONS: RelationshipState['transitions'] = KeyedState.empty('relationship.transitions', {
  write: () => 1,
  read: () => true,
});

/** Contacts, agreements, plans and appraisals are looked through as a whole by guards, and an account has few of them. */
interface WrittenRelationship {
  readonly stage: Stage;
  readonly stageSince?: string;
  readonly cooperativeSince?: string;
  readonly contacts: readonly (readonly [
    contactId: string,
    presence: readonly Dated<boolean>[],
    roles: readonly Dated<string>[],
  ])[];
  readonly agreements: readonly (readonly [agreementId: string, facts: AgreementFacts])[];
  readonly plans: readonly string[];
  readonly appraisals: readonly Dated<number>[];
}

export const relationshipSnapshot: SnapshotForm<RelationshipState> = {
  write({ stage, stageSince, facts: { contacts, commitments, appraisals, cooperativeSince } }) {
    const written: WrittenRelationship = {
      stage,
      ...(stageSince !== undefined && { stageSince }),
      ...(cooperativeSince !== undefined && { cooperativeSince }),
      contacts: [...contacts].map(([id, { presence, roles }]) => [id, presence.toArray(), roles.toArray()]),
      agreements: [...commitments.agreements],
      plans: commitments.plans.toArray(),
      appraisals: appraisals.toArray(),
    };
    return written as unknown as JsonValue;
  },
  read(rest, { transitions, facts: { orders } }, part) {
    const { stage, stageSince, cooperativeSince, contacts, agreements, plans, appraisals } =
      rest as unknown as WrittenRelationship;
    return {
      stage,
      ...(stageSince !== undefined && { stageSince }),
      transitions: part(transitions),
      facts: {
        orders: { months: part(orders.months), facts: part(orders.facts), cancellations: part(orders.cancellations) },
        contacts: ImmutableMap(
          contacts.map(([id, presence, roles]) => [id, { presence: List(presence), roles: List(roles) }]),
        ),
        commitments: { agreements: ImmutableMap(agreements), plans: List(plans) },
        appraisals: List(appraisals),
        ...(cooperativeSince !== undefined && { cooperativeSince }),
      },
    };
  },
};
