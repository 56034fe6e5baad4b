import { Map as PersistentMap } from 'immutable';
import type { JsonValue, SnapshotForm } from '#event-sourcing';
import type { AccountsState } from './accounts.decider.js';
import type { ProfileField, TeamRole } from './accounts.events.js';
import type { ProfileState } from './profile-decisions.js';
import type { TeamState } from './team-decisions.js';
import { readTimeline, writtenTimeline } from './timeline.js';

type Entries<Key> = readonly (readonly [key: Key, value: JsonValue])[];

interface WrittenProfile {
  readonly registration: string | null;
  readonly provisionalName: string | null;
  readonly fields: Entries<ProfileField>;
  readonly group: JsonValue;
}

interface WrittenAccount {
  readonly profile: WrittenProfile;
  readonly team: Entries<string>;
  readonly standing: JsonValue;
}

export const accountSnapshot: SnapshotForm<AccountsState> = {
  write: ({ profile, team, standing }) => ({
    profile: { ...writtenProfile(profile) },
    team: writtenTeam(team),
    standing: writtenTimeline(standing),
  }),
  read(rest, { contacts }, part) {
    const { profile, team, standing } = rest as unknown as WrittenAccount;
    return {
      profile: profileOf(profile),
      contacts: part(contacts),
      team: teamOf(team),
      standing: readTimeline(standing),
    };
  },
};

function writtenProfile({ registration, provisionalName, fields, group }: ProfileState): WrittenProfile {
  return {
    registration,
    provisionalName,
    fields: [...fields].map(([field, timeline]) => [field, writtenTimeline(timeline)] as const),
    group: writtenTimeline(group),
  };
}

function profileOf({ registration, provisionalName, fields, group }: WrittenProfile): ProfileState {
  return {
    registration,
    provisionalName,
    fields: PersistentMap(fields.map(([field, timeline]) => [field, readTimeline(timeline)])),
    group: readTimeline(group),
  };
}

function writtenTeam(team: TeamState): Entries<string> {
  return [...team].map(([member, roles]) => [
    member,
    [...roles].map(([role, timeline]) => [role, writtenTimeline(timeline)]),
  ]);
}

function teamOf(team: Entries<string>): TeamState {
  return PersistentMap(
    team.map(([member, roles]) => [
      member,
      PersistentMap((roles as unknown as Entries<TeamRole>).map(([role, timeline]) => [role, readTimeline(timeline)])),
    ]),
  );
}
