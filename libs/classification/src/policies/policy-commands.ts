import type { DomainEvent, JsonObject } from '#event-sourcing';
import { Problem } from '#platform';
import {
  POLICY_APPROVED,
  POLICY_DRAFTED,
  POLICY_PUBLISHED,
  POLICY_RETIRED,
  type PolicyEvent,
} from '../classification.events.js';
import { POLICY_MEMBERS, type PolicyBody } from './policy-body.js';
import { policyForm } from './policy-form.js';

/**
 * A draft's data with the whole policy, defaults written out, as its member `policy`.
 * @throws Problem 400 that lists all that is wrong with the policy's form
 */
export function withPolicy(data: JsonObject): JsonObject {
  const form = policyForm(data as unknown as PolicyBody);
  if (form.errors !== undefined) {
    throw new Problem(400, 'invalid-request', 'The policy is not well-formed.', { errors: form.errors });
  }
  const others = Object.entries(data).filter(([member]) => !POLICY_MEMBERS.includes(member));
  return { ...Object.fromEntries(others), policy: form.policy as unknown as JsonObject };
}

/** What the answer to a policy command says of the version: `{policyId, version, status, effectiveFrom}`. */
export function versionAnswer(
  events: readonly DomainEvent<string, object>[],
  data: JsonObject,
  status: string,
): JsonObject {
  const { policyId, version = 1, effectiveFrom = null } = data;
  const unchanged = { policyId, version: Number(version), status, effectiveFrom };
  return Object.assign({}, unchanged, ...(events as readonly PolicyEvent[]).map(changeBy));
}

function changeBy(event: PolicyEvent): JsonObject {
  const { policyId, version } = event.data;
  switch (event.type) {
    case POLICY_DRAFTED:
      return { policyId, version, status: 'draft' };
    case POLICY_APPROVED:
      return { policyId, version, status: 'approved' };
    case POLICY_PUBLISHED:
      return { policyId, version, status: 'published', effectiveFrom: event.data.effectiveFrom };
    case POLICY_RETIRED:
      return { policyId, version, status: 'retired' };
  }
}
