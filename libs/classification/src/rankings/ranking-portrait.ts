import type { JsonObject } from '#event-sourcing';
import type { AccountFacet, PortraitPart } from '#platform';
import { standingOf, tierAt } from '../scoring/standing.js';
import type { Rankings } from './rankings.js';

/** How the account stands under the policy in force; null for an account without a fact by that day. */
export function classificationPart(rankings: Rankings): PortraitPart {
  return {
    key: 'classification',
    async load(accountId, asOf, reader) {
      const { version, population, ranking } = await rankings.ranking({}, asOf);
      const index = population.indexOf(accountId);
      if (index < 0) return null;
      const policy = { policyId: version.policyId, version: version.version };
      return { ...standingOf(ranking, population, index, reader), policy, designation: null } as unknown as JsonObject;
    },
  };
}

/** The tier under the policy in force. */
export function tierFacet(rankings: Rankings): AccountFacet {
  return {
    key: 'tier',
    absent: null,
    async load(asOf) {
      const { population, ranking } = await rankings.ranking({}, asOf);
      return new Map(population.accountIds.map((accountId, index) => [accountId, tierAt(ranking, index)]));
    },
  };
}
