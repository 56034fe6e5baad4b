import { type CommandContext, type Decider, type Decision, type DomainEvent } from '#event-sourcing';
import { accountSnapshot } from './account-snapshot.js';
import {
  type AddContactCommand,
  type ChangeContactCommand,
  type ContactsState,
  decideAddition,
  decideChange,
  decideDeparture,
  evolveContacts,
  noContacts,
  type RecordDepartureCommand,
} from './contact-decisions.js';
import {
  type CompleteAccountCommand,
  type CorrectAccountCommand,
  decideCompletion,
  decideCorrection,
  decideEnsuring,
  decideRegistration,
  type EnsureAccountCommand,
  evolveProfile,
  type ProfileState,
  type RegisterAccountCommand,
  unregistered,
} from './profile-decisions.js';
import {
  active,
  decideStanding,
  evolveStanding,
  type ReportLossCommand,
  type ReportRecoveryCommand,
  type StandingState,
} from './standing-decisions.js';
import {
  type AssignMemberCommand,
  decideAssignment,
  decideRelease,
  evolveTeam,
  isInTeam,
  nobody,
  type ReleaseMemberCommand,
  type TeamState,
} from './team-decisions.js';

export type AccountsCommand =
  | RegisterAccountCommand
  | EnsureAccountCommand
  | CompleteAccountCommand
  | CorrectAccountCommand
  | AddContactCommand
  | ChangeContactCommand
  | RecordDepartureCommand
  | AssignMemberCommand
  | ReleaseMemberCommand
  | ReportLossCommand
  | ReportRecoveryCommand;

export interface AccountsState {
  readonly profile: ProfileState;
  readonly contacts: ContactsState;
  readonly team: TeamState;
  readonly standing: StandingState;
}

/** Decides who an account is, whom we know there, who looks after it and whether it is lost. */
export function accountsDecider(): Decider<AccountsState, AccountsCommand> {
  return {
    name: 'accounts',
    commands: [
      'register-account',
      'ensure-account',
      'complete-account',
      'correct-account',
      'add-contact',
      'change-contact',
      'record-departure',
      'assign-member',
      'release-member',
      'report-loss',
      'report-recovery',
    ],
    version: 1,
    snapshot: accountSnapshot,
    initial: () => ({ profile: unregistered, contacts: noContacts, team: nobody, standing: active }),
    evolve,
    decide,
  };
}

/** Whether an account's team holds a member now, in whatever role. */
export function teamHolds(state: AccountsState, member: string): boolean {
  return isInTeam(state.team, member);
}

function evolve(state: AccountsState, event: DomainEvent<string, object>): AccountsState {
  const profile = evolveProfile(state.profile, event);
  const contacts = evolveContacts(state.contacts, event);
  const team = evolveTeam(state.team, event);
  const standing = evolveStanding(state.standing, event);
  const same =
    profile === state.profile && contacts === state.contacts && team === state.team && standing === state.standing;
  return same ? state : { profile, contacts, team, standing };
}

function decide(command: AccountsCommand, state: AccountsState, context: CommandContext): Decision {
  const inTeam = context.member === undefined || teamHolds(state, context.member);
  switch (command.type) {
    case 'register-account':
      return decideRegistration(command, state.profile, context, inTeam);
    case 'ensure-account':
      return decideEnsuring(command, state.profile, context, inTeam);
    case 'complete-account':
      return decideCompletion(command, state.profile, context, inTeam);
    case 'correct-account':
      return decideCorrection(command, state.profile);
    case 'add-contact':
      return decideAddition(command, state.contacts);
    case 'change-contact':
      return decideChange(command, state.contacts);
    case 'record-departure':
      return decideDeparture(command, state.contacts);
    case 'assign-member':
      return decideAssignment(command, state.team);
    case 'release-member':
      return decideRelease(command, state.team);
    case 'report-loss':
    case 'report-recovery':
      return decideStanding(command, state.standing);
  }
}
