import { describe, it } from '@jest/globals';
import { given } from '#event-sourcing-testing';
import { accountsDecider } from './accounts.decider.js';
import type { AccountLost, AccountRecovered } from './accounts.events.js';

const decider = accountsDecider();
const JANUARY = '2026-01-01T00:00:00.000Z';
const MARCH = '2026-03-01T00:00:00.000Z';
const JUNE = '2026-06-01T00:00:00.000Z';

const lost: AccountLost = {
  type: 'account-lost.v1',
  data: { reason: 'Price.', competitor: 'Borealis' },
  occurredAt: MARCH,
};
const recovered: AccountRecovered = { type: 'account-recovered.v1', data: { reason: 'Quality.' }, occurredAt: JUNE };

function loss(at: string, reason = 'Price.', competitor: string | null = 'Borealis') {
  return { type: 'report-loss' as const, data: { accountId: 'acme', reason, competitor, at } };
}

function recovery(at: string, reason = 'Quality.') {
  return { type: 'report-recovery' as const, data: { accountId: 'acme', reason, at } };
}

describe('the loss of an account', () => {
  it('is recorded with its reason and the competitor', () => {
    given(decider).when(loss(MARCH)).thenEvents(lost);
    given(decider)
      .when(loss(MARCH, 'Price.', null))
      .thenEvents({ ...lost, data: { reason: 'Price.' } });
  });

  it('is nothing new when the same was said', () => {
    given(decider, lost, recovered).when(loss(MARCH)).thenNothing();
  });

  it('is refused while the account is lost already', () => {
    given(decider, lost).when(loss(JUNE)).thenRejected('account-already-lost');
    given(decider, lost).when(loss(MARCH, 'Other.')).thenRejected('account-already-lost');
  });

  it('is possible again after a recovery, and before the first one', () => {
    given(decider, lost, recovered)
      .when(loss('2026-07-01T00:00:00.000Z'))
      .thenEvents({ ...lost, occurredAt: '2026-07-01T00:00:00.000Z' });
    given(decider, lost)
      .when(loss(JANUARY))
      .thenEvents({ ...lost, occurredAt: JANUARY });
  });
});

describe('the recovery of an account', () => {
  it('is recorded with its reason', () => {
    given(decider, lost).when(recovery(JUNE)).thenEvents(recovered);
  });

  it('is nothing new when the same was said', () => {
    given(decider, lost, recovered).when(recovery(JUNE)).thenNothing();
  });

  it('is refused for an account that is not lost on that date', () => {
    given(decider).when(recovery(JUNE)).thenRejected('account-not-lost');
    given(decider, lost).when(recovery(JANUARY)).thenRejected('account-not-lost');
    given(decider, lost, recovered).when(recovery('2026-07-01T00:00:00.000Z')).thenRejected('account-not-lost');
  });
});
