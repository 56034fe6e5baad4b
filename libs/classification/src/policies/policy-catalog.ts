import { Inject, Injectable } from '@nestjs/common';
import { parseDate } from '#calendar';
import type { Document, ReadStore } from '#event-sourcing';
import { badParameter, LEDGER_SETTINGS, type LedgerSettings, notFound, READ_STORE } from '#platform';
import type { Policy } from '../classification.events.js';
import { policyVersionsProjection } from '../projections/policy-versions.projection.js';
import { BUILT_IN_POLICIES } from '../scoring/built-in-policies.js';
import { newestPublished, type PolicyVersion, policyInForce, type VersionStatus } from './policy-in-force.js';

/** A version as the catalog knows it; instants are null where the step was not taken, and for what is built in. */
export interface CatalogVersion extends PolicyVersion {
  readonly builtIn: boolean;
  readonly draftedAt: string | null;
  readonly draftedBy: string | null;
  readonly approvedAt: string | null;
  readonly approvedBy: string | null;
  readonly publishedAt: string | null;
  readonly publishedBy: string | null;
  readonly retiredAt: string | null;
  readonly retiredBy: string | null;
  readonly retirementReason: string | null;
}

/** Which policy a question speaks of; none: the one in force. */
export interface PolicyChoice {
  readonly policy?: string | undefined;
  readonly version?: number | undefined;
}

/** All versions of all policies, the built-in ones among them. */
@Injectable()
export class PolicyCatalog {
  private readonly collection: string;

  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) settings: LedgerSettings,
  ) {
    this.collection = policyVersionsProjection(settings.calendar).collection.name;
  }

  /** Built-in ones first, then by id and version. */
  async versions(): Promise<readonly CatalogVersion[]> {
    const rows = await this.readStore.find(this.collection);
    return [...BUILT_IN, ...rows.map(catalogVersion)];
  }

  /** @param asOf day number @throws Problem 404 when no version of any policy is in force on the day */
  async inForce(asOf: number): Promise<CatalogVersion> {
    const version = policyInForce(await this.versions(), asOf);
    if (version === undefined) throw notFound('policy-not-found', 'No policy is in force on that day.');
    return version;
  }

  /**
   * The version that a question means: the one named, whatever its status; of a policy without version its newest published
   * one; else the one in force on the day.
   * @throws Problem 404 for what is not there, 400 for a version without its policy
   */
  async chosen({ policy, version }: PolicyChoice, asOf: number): Promise<CatalogVersion> {
    if (policy === undefined) {
      if (version !== undefined)
        throw badParameter('version', 'policy-missing', 'needs the parameter policy beside it');
      return this.inForce(asOf);
    }
    if (version !== undefined) return this.version(policy, version);
    const versions = await this.ofPolicy(policy);
    const newest = newestPublished(versions, policy);
    if (newest === undefined)
      throw notFound('policy-not-published', `No version of the policy ${policy} is published.`);
    return newest;
  }

  /** @throws Problem 404 for a policy that is not there */
  async ofPolicy(policyId: string): Promise<readonly CatalogVersion[]> {
    const versions = (await this.versions()).filter((version) => version.policyId === policyId);
    if (versions.length === 0) throw notFound('policy-not-found', `There is no policy ${policyId}.`);
    return versions;
  }

  /** @throws Problem 404 */
  async version(policyId: string, number: number): Promise<CatalogVersion> {
    const found = (await this.ofPolicy(policyId)).find(({ version }) => version === number);
    if (found === undefined) {
      throw notFound('policy-version-not-found', `The policy ${policyId} has no version ${number}.`);
    }
    return found;
  }
}

const NOT_TAKEN = {
  draftedAt: null,
  draftedBy: null,
  approvedAt: null,
  approvedBy: null,
  publishedAt: null,
  publishedBy: null,
  retiredAt: null,
  retiredBy: null,
  retirementReason: null,
};

const BUILT_IN: readonly CatalogVersion[] = BUILT_IN_POLICIES.map(({ policyId, policy, effectiveFrom }) => ({
  ...NOT_TAKEN,
  policyId,
  version: 1,
  status: 'published',
  policy,
  effectiveDay: effectiveFrom === null ? null : (parseDate(effectiveFrom) ?? null),
  publication: -1n,
  retiredDay: null,
  builtIn: true,
}));

function catalogVersion(row: Document): CatalogVersion {
  return {
    policyId: String(row.policyId),
    version: Number(row.version),
    status: row.status as VersionStatus,
    policy: row.policy as unknown as Policy,
    effectiveDay: dayOrNull(row.effectiveDay),
    publication: (row.publication as bigint | null) ?? -1n,
    retiredDay: dayOrNull(row.retiredDay),
    builtIn: false,
    draftedAt: textOrNull(row.draftedAt),
    draftedBy: textOrNull(row.draftedBy),
    approvedAt: textOrNull(row.approvedAt),
    approvedBy: textOrNull(row.approvedBy),
    publishedAt: textOrNull(row.publishedAt),
    publishedBy: textOrNull(row.publishedBy),
    retiredAt: textOrNull(row.retiredAt),
    retiredBy: textOrNull(row.retiredBy),
    retirementReason: textOrNull(row.retirementReason),
  };
}

function dayOrNull(value: Document[string] | undefined): number | null {
  return typeof value === 'bigint' ? Number(value) : null;
}

function textOrNull(value: Document[string] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
