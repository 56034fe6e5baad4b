import { describe, expect, test } from '@jest/globals';
import type { DomainEvent } from '#event-sourcing';
import { given } from '#event-sourcing-testing';
import type { Policy } from './classification.events.js';
import { policiesDecider } from './policies.decider.js';

const AT = '2026-01-05T09:00:00.000Z';
const LATER = '2026-02-01T00:00:00.000Z';
const ADMIN = { actor: 'root', role: 'admin' };
const ANALYST = { actor: 'ana', role: 'analyst' };
const MANAGER = { actor: 'max', role: 'manager' };

const policy: Policy = {
  name: 'Net revenue',
  windowMonths: null,
  gates: [],
  criteria: [
    { key: 'revenue', metric: 'revenue', weight: 1, missing: 'exclude', scale: { type: 'quantile', bins: 10 } },
  ],
  minCoverage: 0,
  selection: { top: 20, requireGates: false },
  tiers: [],
};
const other: Policy = { ...policy, name: 'Another' };

const decider = policiesDecider({});
const strict = policiesDecider({ policyApproval: 'required' });

function event(type: string, data: object, occurredAt = AT): DomainEvent<string, object> {
  return { type, data: { policyId: 'net', ...data }, occurredAt };
}
const drafted = (version: number, of = policy, draftedBy = 'ana', policyId = 'net') =>
  event('policy-drafted.v1', { policyId, version, policy: of, draftedBy });
const approved = (version: number, occurredAt = AT) => event('policy-approved.v1', { version }, occurredAt);
const published = (version: number, effectiveFrom = '2026-01-01', occurredAt = AT) =>
  event('policy-published.v1', { version, effectiveFrom }, occurredAt);
const retired = (version: number, more = {}, occurredAt = AT) =>
  event('policy-retired.v1', { version, ...more }, occurredAt);

const draft = (more: object = {}) =>
  ({ type: 'draft-policy', data: { policyId: 'net', policy, at: AT, ...more } }) as const;
const draftVersion = (more: object = {}) =>
  ({ type: 'draft-version', data: { policyId: 'net', policy, at: AT, ...more } }) as const;
const approve = (version = '1', policyId = 'net') =>
  ({ type: 'approve-version', data: { policyId, version, at: LATER } }) as const;
const publish = (version = '1', effectiveFrom = '2026-01-01', policyId = 'net') =>
  ({ type: 'publish-version', data: { policyId, version, effectiveFrom, at: LATER } }) as const;
const retire = (version = '1', more: object = {}, policyId = 'net') =>
  ({ type: 'retire-version', data: { policyId, version, at: LATER, ...more } }) as const;

describe('drafting a policy', () => {
  test('makes version 1, with who drafted it', () => {
    given(decider).when(draft(), ANALYST).thenEvents(drafted(1));
  });

  test('an administrator drafts and publishes at once', () => {
    given(decider)
      .when(draft({ effectiveFrom: '2020-01-01' }), ADMIN)
      .thenEvents(drafted(1, policy, 'root'), published(1, '2020-01-01'));
  });

  test('nobody else does', () => {
    given(decider)
      .when(draft({ effectiveFrom: '2020-01-01' }), ANALYST)
      .thenRejected('forbidden');
    given(decider)
      .when(draft({ effectiveFrom: '2020-01-01' }), MANAGER)
      .thenRejected('forbidden');
  });

  test('where approval is required nobody publishes at once', () => {
    given(strict)
      .when(draft({ effectiveFrom: '2020-01-01' }), ADMIN)
      .thenRejected('approval-required');
  });

  test('the same again changes nothing; other content, or a version that has moved on, is a conflict', () => {
    given(decider, drafted(1)).when(draft(), ADMIN).thenNothing();
    given(decider, drafted(1), published(1))
      .when(draft({ effectiveFrom: '2026-01-01' }), ADMIN)
      .thenNothing();
    given(decider, drafted(1))
      .when(draft({ policy: other }), ANALYST)
      .thenRejected('id-exists');
    given(decider, drafted(1), published(1)).when(draft(), ANALYST).thenRejected('id-exists');
    given(decider, drafted(1), published(1))
      .when(draft({ effectiveFrom: '2026-01-02' }), ADMIN)
      .thenRejected('id-exists');
    given(decider, drafted(1))
      .when(draft({ effectiveFrom: '2026-01-01' }), ADMIN)
      .thenRejected('id-exists');
  });

  test('the ids of the built-in policies are taken', () => {
    given(decider)
      .when(draft({ policyId: 'standard' }), ADMIN)
      .thenRejected('id-exists');
    given(decider)
      .when(draft({ policyId: 's3-thresholds' }), ADMIN)
      .thenRejected('id-exists');
  });
});

describe('drafting a version', () => {
  test('follows the newest, whatever became of it', () => {
    given(decider, drafted(1))
      .when(draftVersion({ policy: other }), ANALYST)
      .thenEvents(drafted(2, other));
    given(decider, drafted(1), drafted(2), retired(2)).when(draftVersion(), ANALYST).thenEvents(drafted(3));
  });

  test('the next one of a built-in policy is 2, then 3', () => {
    const command = draftVersion({ policyId: 'standard' });
    given(decider)
      .when(command, ANALYST)
      .thenEvents(drafted(2, policy, 'ana', 'standard'));
    given(decider, drafted(2, other, 'ana', 'standard'))
      .when(command, ANALYST)
      .thenEvents(drafted(3, policy, 'ana', 'standard'));
  });

  test('an administrator publishes it at once', () => {
    given(decider, drafted(1))
      .when(draftVersion({ effectiveFrom: '2026-03-01' }), ADMIN)
      .thenEvents(drafted(2, policy, 'root'), published(2, '2026-03-01'));
    given(decider, drafted(1))
      .when(draftVersion({ effectiveFrom: '2026-03-01' }), ANALYST)
      .thenRejected('forbidden');
    given(strict, drafted(1))
      .when(draftVersion({ effectiveFrom: '2026-03-01' }), ADMIN)
      .thenRejected('approval-required');
  });

  test('there must be such a policy', () => {
    const { decision } = given(decider).when(draftVersion(), ANALYST);
    expect(decision).toMatchObject({ kind: 'not-found', code: 'policy-not-found' });
  });
});

describe('approving a version', () => {
  test("takes somebody else's draft", () => {
    given(decider, drafted(1)).when(approve(), MANAGER).thenEvents(approved(1, LATER));
    given(decider, drafted(1)).when(approve(), ANALYST).thenRejected('self-approval');
  });

  test('once is enough', () => {
    given(decider, drafted(1), approved(1)).when(approve(), MANAGER).thenNothing();
  });

  test('what is published or retired is past approval', () => {
    given(decider, drafted(1), published(1)).when(approve(), MANAGER).thenRejected('already-published');
    given(decider, drafted(1), retired(1)).when(approve(), MANAGER).thenRejected('version-retired');
  });
});

describe('publishing a version', () => {
  test('needs no approval unless the ledger says so', () => {
    given(decider, drafted(1))
      .when(publish(), ADMIN)
      .thenEvents(published(1, '2026-01-01', LATER));
    given(strict, drafted(1)).when(publish(), ADMIN).thenRejected('approval-required');
    given(strict, drafted(1), approved(1))
      .when(publish(), ADMIN)
      .thenEvents(published(1, '2026-01-01', LATER));
  });

  test('an approval is for one version', () => {
    given(strict, drafted(1), approved(1), drafted(2)).when(publish('2'), ADMIN).thenRejected('approval-required');
  });

  test('the day does not change afterwards', () => {
    given(decider, drafted(1), published(1)).when(publish(), ADMIN).thenNothing();
    given(decider, drafted(1), published(1)).when(publish('1', '2026-05-01'), ADMIN).thenRejected('already-published');
  });

  test('what is retired stays so', () => {
    given(decider, drafted(1), published(1), retired(1)).when(publish(), ADMIN).thenRejected('version-retired');
  });
});

describe('retiring a version', () => {
  test('whatever its status', () => {
    given(decider, drafted(1))
      .when(retire(), ADMIN)
      .thenEvents(retired(1, {}, LATER));
    given(decider, drafted(1), published(1))
      .when(retire('1', { reason: 'Replaced.' }), ADMIN)
      .thenEvents(retired(1, { reason: 'Replaced.' }, LATER));
    given(decider, drafted(1), retired(1)).when(retire(), ADMIN).thenNothing();
  });
});

describe('a version that is not there', () => {
  test.each([
    ['an unknown one', '2'],
    ['no number', 'one'],
    ['not canonical', '01'],
    ['zero', '0'],
  ])('%s', (_, version) => {
    for (const command of [approve(version), publish(version), retire(version)]) {
      const { decision } = given(decider, drafted(1)).when(command, MANAGER);
      expect(decision).toMatchObject({ kind: 'not-found', code: 'policy-version-not-found' });
    }
  });

  test('of a policy that is not there', () => {
    for (const command of [approve(), publish(), retire()])
      given(decider).when(command, MANAGER).thenRejected('policy-not-found');
  });

  test('version 1 of a built-in policy stays as it is', () => {
    const commands = [approve('1', 'standard'), publish('1', '2026-01-01', 'standard'), retire('1', {}, 'standard')];
    for (const command of commands) given(decider).when(command, MANAGER).thenRejected('policy-built-in');
  });
});
