import { Map as ImmutableMap } from 'immutable';
import {
  type Command,
  type CommandContext,
  contentHash,
  type Decider,
  type Decision,
  type DomainEvent,
  type JsonValue,
  type Rejection,
  reject,
} from '#event-sourcing';
import type { LedgerSettings } from '#platform';
import {
  POLICY_APPROVED,
  POLICY_DRAFTED,
  POLICY_PUBLISHED,
  POLICY_RETIRED,
  type Policy,
  type PolicyEvent,
} from './classification.events.js';
import type { VersionStatus } from './policies/policy-in-force.js';
import { BUILT_IN_POLICIES } from './scoring/built-in-policies.js';

interface Subject {
  readonly policyId: string;
  readonly at: string;
}

interface Draft extends Subject {
  /** With every default written out. */
  readonly policy: Policy;
  readonly effectiveFrom?: string | null;
}

interface OfVersion extends Subject {
  /** As the path has it. */
  readonly version: string;
}

export type DraftPolicyCommand = Command<'draft-policy', Draft>;
export type DraftVersionCommand = Command<'draft-version', Draft>;
export type ApproveVersionCommand = Command<'approve-version', OfVersion>;
export type PublishVersionCommand = Command<'publish-version', OfVersion & { readonly effectiveFrom: string }>;
export type RetireVersionCommand = Command<'retire-version', OfVersion & { readonly reason?: string | null }>;
export type PolicyCommand =
  | DraftPolicyCommand
  | DraftVersionCommand
  | ApproveVersionCommand
  | PublishVersionCommand
  | RetireVersionCommand;

interface VersionState {
  readonly status: VersionStatus;
  readonly draftedBy: string;
  readonly contentHash: string;
  readonly effectiveFrom: string | null;
}

/** The versions of one policy, by number. */
export type PolicyState = ImmutableMap<number, VersionState>;

const VERSION = /^[1-9][0-9]{0,8}$/;

/** Decides the stream of a policy: its versions, from draft to retirement. */
export function policiesDecider({
  policyApproval = 'none',
}: Pick<LedgerSettings, 'policyApproval'>): Decider<PolicyState, PolicyCommand> {
  const approvalRequired = policyApproval === 'required';
  return {
    name: 'policies',
    commands: ['draft-policy', 'draft-version', 'approve-version', 'publish-version', 'retire-version'],
    version: 1,
    snapshot: {
      write: (state) => [...state].map(([version, { ...said }]) => [version, said]),
      read: (rest) => ImmutableMap(rest as unknown as readonly (readonly [number, VersionState])[]),
    },
    initial: () => ImmutableMap(),
    evolve,
    decide(command, state, context) {
      switch (command.type) {
        case 'draft-policy':
          return draftPolicy(command.data, state, context, approvalRequired);
        case 'draft-version':
          return draftVersion(command.data, state, context, approvalRequired);
        case 'approve-version':
          return onVersion(command.data, state, approve(command.data, context));
        case 'publish-version':
          return onVersion(command.data, state, publish(command.data, approvalRequired));
        case 'retire-version':
          return onVersion(command.data, state, retire(command.data));
      }
    },
  };
}

function evolve(state: PolicyState, event: DomainEvent<string, object>): PolicyState {
  const known = event as PolicyEvent;
  switch (known.type) {
    case POLICY_DRAFTED:
      return state.set(known.data.version, {
        status: 'draft',
        draftedBy: known.data.draftedBy,
        contentHash: hashOf(known.data.policy),
        effectiveFrom: null,
      });
    case POLICY_APPROVED:
      return changed(state, known.data.version, { status: 'approved' });
    case POLICY_PUBLISHED:
      return changed(state, known.data.version, { status: 'published', effectiveFrom: known.data.effectiveFrom });
    case POLICY_RETIRED:
      return changed(state, known.data.version, { status: 'retired' });
    default:
      return state;
  }
}

function changed(state: PolicyState, version: number, change: Partial<VersionState>): PolicyState {
  const before = state.get(version);
  return before === undefined ? state : state.set(version, { ...before, ...change });
}

function draftPolicy(data: Draft, state: PolicyState, context: CommandContext, approvalRequired: boolean): Decision {
  const first = state.get(1);
  if (first === undefined && !isBuiltIn(data.policyId)) {
    return drafted(data, 1, context, approvalRequired);
  }
  return first !== undefined && isStill(first, data) ? [] : idTaken(data.policyId);
}

function draftVersion(data: Draft, state: PolicyState, context: CommandContext, approvalRequired: boolean): Decision {
  const newest = state.keySeq().max() ?? (isBuiltIn(data.policyId) ? 1 : 0);
  return newest === 0 ? unknownPolicy(data.policyId) : drafted(data, newest + 1, context, approvalRequired);
}

/** Whether a version is what this draft would make of it. */
function isStill(version: VersionState, { policy, effectiveFrom }: Draft): boolean {
  const status = effectiveFrom == null ? 'draft' : 'published';
  return (
    version.status === status &&
    version.effectiveFrom === (effectiveFrom ?? null) &&
    version.contentHash === hashOf(policy)
  );
}

function drafted(data: Draft, version: number, context: CommandContext, approvalRequired: boolean): Decision {
  const { policyId, policy, effectiveFrom, at } = data;
  const draft = event(POLICY_DRAFTED, { policyId, version, policy, draftedBy: context.actor }, at);
  if (effectiveFrom == null) return [draft];
  if (context.role !== 'admin') {
    return reject(
      'forbidden',
      'forbidden',
      'Only an administrator drafts and publishes at once; leave out effectiveFrom.',
    );
  }
  if (approvalRequired) return needsApproval(version);
  return [draft, event(POLICY_PUBLISHED, { policyId, version, effectiveFrom }, at)];
}

type VersionDecision = (number: number, version: VersionState) => Decision;

function onVersion(data: OfVersion, state: PolicyState, decide: VersionDecision): Decision {
  const { policyId } = data;
  const builtIn = isBuiltIn(policyId);
  if (state.isEmpty() && !builtIn) return unknownPolicy(policyId);
  const number = VERSION.test(data.version) ? Number(data.version) : 0;
  if (builtIn && number === 1) {
    return reject(
      'rule',
      'policy-built-in',
      `Version 1 of ${policyId} is built in and stays as it is; draft a version after it.`,
    );
  }
  const version = state.get(number);
  if (version === undefined) {
    return reject('not-found', 'policy-version-not-found', `The policy ${policyId} has no version ${data.version}.`);
  }
  return decide(number, version);
}

function approve({ policyId, at }: OfVersion, { actor }: CommandContext): VersionDecision {
  return (number, { status, draftedBy }) => {
    if (status === 'retired') return isRetired(number);
    if (status === 'published') return isPublished(number);
    if (draftedBy === actor) {
      return reject('rule', 'self-approval', `Version ${number} needs the approval of somebody who did not draft it.`);
    }
    return status === 'approved' ? [] : [event(POLICY_APPROVED, { policyId, version: number }, at)];
  };
}

function publish(data: PublishVersionCommand['data'], approvalRequired: boolean): VersionDecision {
  const { policyId, effectiveFrom, at } = data;
  return (number, version) => {
    if (version.status === 'retired') return isRetired(number);
    if (version.status === 'published') return version.effectiveFrom === effectiveFrom ? [] : isPublished(number);
    if (approvalRequired && version.status !== 'approved') return needsApproval(number);
    return [event(POLICY_PUBLISHED, { policyId, version: number, effectiveFrom }, at)];
  };
}

function retire({ policyId, reason, at }: RetireVersionCommand['data']): VersionDecision {
  return (number, { status }) => {
    if (status === 'retired') return [];
    return [event(POLICY_RETIRED, { policyId, version: number, ...(reason == null ? {} : { reason }) }, at)];
  };
}

function unknownPolicy(policyId: string): Rejection {
  return reject('not-found', 'policy-not-found', `There is no policy ${policyId}.`);
}

function idTaken(policyId: string): Rejection {
  return reject('conflict', 'id-exists', `There is a policy ${policyId} already; draft a version of it.`);
}

function needsApproval(version: number): Rejection {
  return reject('rule', 'approval-required', `Version ${version} needs another person's approval before publication.`);
}

function isPublished(version: number): Rejection {
  return reject(
    'rule',
    'already-published',
    `Version ${version} is published already; draft a new version to change it.`,
  );
}

function isRetired(version: number): Rejection {
  return reject('rule', 'version-retired', `Version ${version} is retired for good; draft a new version.`);
}

/** Whether it is a policy that has a version 1 without any event. */
function isBuiltIn(policyId: string): boolean {
  return BUILT_IN_POLICIES.some((policy) => policy.policyId === policyId);
}

function hashOf(policy: Policy): string {
  return contentHash(policy as unknown as JsonValue);
}

function event(type: PolicyEvent['type'], data: object, at: string): DomainEvent {
  return { type, data, occurredAt: at } as DomainEvent;
}
