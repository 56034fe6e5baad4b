import type { Capability } from '#platform';

/** Shows what the ledger holds, as it holds it. It has no facts of its own. */
export const auditCapability: Capability = {
  name: 'audit',
  events: { types: [] },
  deciders: [],
  commands: [],
  projections: () => [],
};
