import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type EventStore, type ReadStore, StoreUnavailable } from '#event-sourcing';
import { Public } from '../http/route-decorators.js';
import { Readiness } from '../ledger/readiness.js';
import { EVENT_STORE, READ_STORE } from '../ledger/tokens.js';
import { incompleteText } from '../queries/read-progress.js';
import { ServedReadModels } from '../queries/served-read-models.js';
import { ProjectionLags } from './projection-lag.js';

/** A projection that is further behind makes the ledger not ready, in seconds. */
const LAG_BOUND = 60;

interface Check {
  readonly status: 'up' | 'down';
  readonly detail?: string;
}

@ApiTags('operations')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly lags: ProjectionLags,
    private readonly served: ServedReadModels,
    @Inject(EVENT_STORE) private readonly eventStore: EventStore,
    @Inject(READ_STORE) private readonly readStore: ReadStore,
  ) {}

  @Get('live')
  live() {
    return { status: 'up' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { cause } = this.readiness;
    const ledger: Check = cause === undefined ? { status: 'up' } : { status: 'down', detail: cause };
    const [eventStore, readStore] = await Promise.all([check(this.eventStore.ping()), check(this.readStore.ping())]);
    const reachable = [ledger, eventStore, readStore].every(({ status }) => status === 'up');
    const projections = reachable ? await this.projections() : { status: 'down' as const, detail: 'not measured' };
    const checks = { ledger, eventStore, readStore, projections };
    const status = Object.values(checks).every((each) => each.status === 'up') ? 'ready' : 'not-ready';
    if (status === 'not-ready') void reply.status(503);
    return { status, checks };
  }

  private async projections(): Promise<Check & { readonly lagSeconds: number; readonly quarantined: number }> {
    const [lags, { incomplete }] = await Promise.all([this.lags.measure(), this.served.newest()]);
    const lagSeconds = Math.max(0, ...lags.map(({ lag }) => lag.seconds));
    const quarantined = lags.reduce((sum, each) => sum + each.quarantined.length, 0);
    if (incomplete.length > 0) return { status: 'down', detail: incompleteText(incomplete), lagSeconds, quarantined };
    if (lagSeconds <= LAG_BOUND) return { status: 'up', lagSeconds, quarantined };
    const detail = `The read models are ${Math.round(lagSeconds)} s behind; the bound is ${LAG_BOUND} s.`;
    return { status: 'down', detail, lagSeconds, quarantined };
  }
}

async function check(ping: Promise<void>): Promise<Check> {
  try {
    await ping;
    return { status: 'up' };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { status: 'down', detail: error.message };
    throw error;
  }
}
