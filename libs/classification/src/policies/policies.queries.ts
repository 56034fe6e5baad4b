import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { formatDate } from '#calendar';
import {
  dayAskedFor,
  defineQuery,
  IsDate,
  IsIdentifier,
  LEDGER_SETTINGS,
  LedgerQuery,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  wholeList,
} from '#platform';
import type { Policy } from '../classification.events.js';
import { type CatalogVersion, PolicyCatalog } from './policy-catalog.js';
import { newestPublished, policyInForce, type VersionStatus } from './policy-in-force.js';

/** What became of a version. */
export interface VersionSummary {
  readonly policyId: string;
  readonly version: number;
  readonly name: string;
  readonly status: VersionStatus;
  /** First day on which it may be in force; null: not published, or never in force by itself. */
  readonly effectiveFrom: string | null;
  /** Whether it is the one in force on the day asked for. */
  readonly inForce: boolean;
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

/** A version with all that it says. */
export type VersionAnswer = VersionSummary & Omit<Policy, 'name'> & { readonly asOf: string };

export interface PolicyAnswer {
  readonly policyId: string;
  /** Of its newest version. */
  readonly name: string;
  readonly builtIn: boolean;
  /** Null: no version is published. */
  readonly newestPublished: number | null;
  /** The version in force on the day; null: another policy is. */
  readonly inForce: number | null;
  readonly versions: readonly VersionSummary[];
  readonly asOf: string;
}

export class PoliciesParameters extends ListParameters {
  /** The day for which `inForce` is told; default: today. */
  @IsOptional()
  @IsDate()
  asOf?: string;
}

export class PolicyParameters {
  @IsIdentifier()
  policyId!: string;

  /** The day for which `inForce` is told; default: today. */
  @IsOptional()
  @IsDate()
  asOf?: string;
}

export class PolicyVersionParameters extends PolicyParameters {
  @IsInt()
  @Min(1)
  @Max(999_999_999)
  version!: number;
}

export class PoliciesQuery extends ListQuery<PoliciesParameters, VersionSummary> {}
export class PolicyQuery extends LedgerQuery<PolicyParameters, PolicyAnswer> {}
export class PolicyVersionQuery extends LedgerQuery<PolicyVersionParameters, VersionAnswer> {}

const SUMMARY_EXAMPLE = {
  policyId: 'net-revenue',
  version: 1,
  name: 'Net revenue over all history',
  status: 'published',
  effectiveFrom: '2011-01-01',
  inForce: true,
  builtIn: false,
  draftedAt: '2026-01-05T09:00:00.000Z',
  draftedBy: 'key-analyst',
  approvedAt: '2026-01-06T09:00:00.000Z',
  approvedBy: 'key-manager',
  publishedAt: '2026-01-07T09:00:00.000Z',
  publishedBy: 'admin',
  retiredAt: null,
  retiredBy: null,
  retirementReason: null,
};

export const policies = defineQuery({
  summary: 'All versions of all policies, with the one in force',
  permission: 'read-models',
  parameters: PoliciesParameters,
  query: PoliciesQuery,
  form: 'list',
  example: SUMMARY_EXAMPLE,
});

export const policy = defineQuery({
  summary: 'A policy with its versions',
  permission: 'read-models',
  parameters: PolicyParameters,
  query: PolicyQuery,
  form: 'object',
  example: {
    policyId: 'net-revenue',
    name: 'Net revenue over all history',
    builtIn: false,
    newestPublished: 1,
    inForce: 1,
    versions: [SUMMARY_EXAMPLE],
    asOf: '2026-11-23',
  },
});

export const policyVersion = defineQuery({
  summary: 'A version of a policy, with all that it says',
  permission: 'read-models',
  parameters: PolicyVersionParameters,
  query: PolicyVersionQuery,
  form: 'object',
  example: {
    ...SUMMARY_EXAMPLE,
    windowMonths: null,
    gates: [],
    criteria: [
      { key: 'revenue', metric: 'revenue', weight: 1, missing: 'exclude', scale: { type: 'quantile', bins: 10 } },
    ],
    minCoverage: 0,
    selection: { top: 20, requireGates: false },
    tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
    asOf: '2026-11-23',
  },
});

@QueryHandler(PoliciesQuery)
export class PoliciesHandler implements IQueryHandler<PoliciesQuery> {
  constructor(
    private readonly catalog: PolicyCatalog,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: PoliciesQuery): Promise<ListAnswer<VersionSummary>> {
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const versions = await this.catalog.versions();
    const inForce = policyInForce(versions, day);
    const items = versions.map((version) => summaryOf(version, inForce));
    return wholeList(items, { asOf: formatDate(day), columns: Object.keys(SUMMARY_EXAMPLE) });
  }
}

@QueryHandler(PolicyQuery)
export class PolicyHandler implements IQueryHandler<PolicyQuery> {
  constructor(
    private readonly catalog: PolicyCatalog,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: PolicyQuery): Promise<PolicyAnswer> {
    const { policyId } = parameters;
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const versions = await this.catalog.ofPolicy(policyId);
    const inForce = policyInForce(await this.catalog.versions(), day);
    return {
      policyId,
      name: versions.at(-1)?.policy.name ?? policyId,
      builtIn: versions.some(({ builtIn }) => builtIn),
      newestPublished: newestPublished(versions, policyId)?.version ?? null,
      inForce: inForce?.policyId === policyId ? inForce.version : null,
      versions: versions.map((version) => summaryOf(version, inForce)),
      asOf: formatDate(day),
    };
  }
}

@QueryHandler(PolicyVersionQuery)
export class PolicyVersionHandler implements IQueryHandler<PolicyVersionQuery> {
  constructor(
    private readonly catalog: PolicyCatalog,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {}

  async execute({ parameters, reader }: PolicyVersionQuery): Promise<VersionAnswer> {
    const day = dayAskedFor(parameters.asOf, reader, this.settings);
    const version = await this.catalog.version(parameters.policyId, parameters.version);
    const inForce = policyInForce(await this.catalog.versions(), day);
    return { ...version.policy, ...summaryOf(version, inForce), asOf: formatDate(day) };
  }
}

function summaryOf(version: CatalogVersion, inForce: CatalogVersion | undefined): VersionSummary {
  const { policy, effectiveDay, publication: _, retiredDay: __, ...facts } = version;
  return {
    ...facts,
    name: policy.name,
    effectiveFrom: effectiveDay === null ? null : formatDate(effectiveDay),
    inForce: version.policyId === inForce?.policyId && version.version === inForce.version,
  };
}
