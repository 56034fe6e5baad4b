import { type EventStore, type ReadStore, StoreUnavailable } from '#event-sourcing';
import type { Readiness } from '../ledger/readiness.js';
import { incompleteText } from '../queries/read-progress.js';
import type { ServedReadModels } from '../queries/served-read-models.js';
import type { ProjectionLags } from './projection-lag.js';

/** A projection that is further behind makes the ledger not ready, in seconds. */
const LAG_BOUND = 60;

interface Check {
  readonly status: 'up' | 'down';
  /** A sentence for a person. */
  readonly detail?: string;
}

interface ProjectionsCheck extends Check {
  /** Left out, as `quarantined` is: not measured. */
  readonly lagSeconds?: number;
  readonly quarantined?: number;
}

/** Whether the API can be used, and what was looked at to say so. */
export interface ReadinessAssessment {
  readonly status: 'ready' | 'not-ready';
  readonly checks: {
    readonly ledger: Check;
    readonly eventStore: Check;
    readonly readStore: Check;
    readonly projections: ProjectionsCheck;
  };
}

export interface ReadinessChecksParts {
  readonly readiness: Readiness;
  readonly eventStore: Pick<EventStore, 'ping'>;
  readonly readStore: Pick<ReadStore, 'ping'>;
  readonly lags: Pick<ProjectionLags, 'measure'>;
  readonly served: Pick<ServedReadModels, 'newest'>;
}

/** Looks at all that the API needs to be used: what `/health/ready` answers and `keyledger_ready` tells is one and the same. */
export class ReadinessChecks {
  constructor(private readonly parts: ReadinessChecksParts) {}

  async assess(): Promise<ReadinessAssessment> {
    const { cause } = this.parts.readiness;
    const ledger: Check = cause === undefined ? { status: 'up' } : { status: 'down', detail: cause };
    const [eventStore, readStore] = await Promise.all([
      unlessAway(async () => {
        await this.parts.eventStore.ping();
        return { status: 'up' };
      }),
      unlessAway(async () => {
        await this.parts.readStore.ping();
        return { status: 'up' };
      }),
    ]);
    const reachable = [ledger, eventStore, readStore].every(({ status }) => status === 'up');
    const projections: ProjectionsCheck = reachable
      ? await unlessAway(() => this.#projections())
      : { status: 'down', detail: 'not measured' };
    const checks = { ledger, eventStore, readStore, projections };
    return { status: Object.values(checks).every(({ status }) => status === 'up') ? 'ready' : 'not-ready', checks };
  }

  async #projections(): Promise<ProjectionsCheck> {
    const [lags, { incomplete }] = await Promise.all([this.parts.lags.measure(), this.parts.served.newest()]);
    const lagSeconds = Math.max(0, ...lags.map(({ lag }) => lag.seconds));
    const quarantined = lags.reduce((sum, each) => sum + each.quarantined.length, 0);
    if (incomplete.length > 0) return { status: 'down', detail: incompleteText(incomplete), lagSeconds, quarantined };
    if (lagSeconds <= LAG_BOUND) return { status: 'up', lagSeconds, quarantined };
    const detail = `The read models are ${Math.round(lagSeconds)} s behind; the bound is ${LAG_BOUND} s.`;
    return { status: 'down', detail, lagSeconds, quarantined };
  }
}

/** What was looked at, or that its store cannot be reached. */
async function unlessAway<Found extends Check>(look: () => Promise<Found>): Promise<Found | Check> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StoreUnavailable) return { status: 'down', detail: error.message };
    throw error;
  }
}
