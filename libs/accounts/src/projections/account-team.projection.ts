import {
  type CollectionDefinition,
  type Document,
  type DocumentProjection,
  documents,
  subjectIdOf,
} from '#event-sourcing';
import { MEMBER_ASSIGNED, MEMBER_RELEASED, type MemberAssignedData } from '../accounts.events.js';
import { heldRoles, type Seat, withSeatFact } from '../team-seats.js';

export const ACCOUNT_TEAM: CollectionDefinition = {
  name: 'account_team_v1',
  fields: { accountId: 'text', member: 'text', active: 'boolean', seats: 'json' },
  key: ['accountId', 'member'],
  indexes: [['member', 'active']],
};

type AccountTeamDocument = Document & { readonly seats: readonly Seat[] };

/** One row an account and member, so that a member's accounts are found; `active` while any role is held. */
export function accountTeamProjection(): DocumentProjection {
  return documents({
    name: 'account-team',
    version: 1,
    collection: ACCOUNT_TEAM,
    events: [MEMBER_ASSIGNED, MEMBER_RELEASED],
    keys: (event) => [[subjectIdOf(event), String(event.data.member)]],
    fold(document, event) {
      const { member, role } = event.data as MemberAssignedData;
      const before = (document as AccountTeamDocument | undefined)?.seats ?? [];
      const seats = withSeatFact(before, member, role, [event.metadata.occurredAt, event.type === MEMBER_ASSIGNED]);
      // A released member's row stays: a fact that comes late must find what is known of later dates.
      return { accountId: subjectIdOf(event), member, active: heldRoles(seats).length > 0, seats };
    },
  });
}
