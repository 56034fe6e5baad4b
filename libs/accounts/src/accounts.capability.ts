import type { Capability } from '#platform';
import { accountsDecider } from './accounts.decider.js';
import { accountsEvents } from './accounts.events.js';
import { addContact } from './add-contact.js';
import { assignMember } from './assign-member.js';
import { changeContact } from './change-contact.js';
import { completeAccount } from './complete-account.js';
import { correctAccount } from './correct-account.js';
import { ensureAccount } from './ensure-account.js';
import { accountActivityProjection } from './projections/account-activity.projection.js';
import { accountTeamProjection } from './projections/account-team.projection.js';
import { accountsProjection } from './projections/accounts.projection.js';
import { contactsProjection } from './projections/contacts.projection.js';
import { recordDeparture } from './record-departure.js';
import { registerAccount } from './register-account.js';
import { releaseMember } from './release-member.js';
import { reportLoss } from './report-loss.js';
import { reportRecovery } from './report-recovery.js';

/** Who the customers are, whom we know there and who looks after them. */
export const accountsCapability: Capability = {
  name: 'accounts',
  events: accountsEvents,
  deciders: [{ subject: 'account', decider: accountsDecider }],
  commands: [
    registerAccount,
    ensureAccount,
    completeAccount,
    correctAccount,
    addContact,
    changeContact,
    recordDeparture,
    assignMember,
    releaseMember,
    reportLoss,
    reportRecovery,
  ],
  projections: (settings, eventTypes) => [
    accountsProjection(settings, eventTypes),
    accountActivityProjection(settings, eventTypes),
    contactsProjection(),
    accountTeamProjection(),
  ],
};
