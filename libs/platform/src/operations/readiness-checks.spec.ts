import { beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { StoreUnavailable } from '#event-sourcing';
import { Readiness } from '../ledger/readiness.js';
import type { ServedBuilds } from '../queries/served-builds.js';
import { measureReadiness } from '../telemetry/process-metrics.js';
import type { ProjectionLag } from './projection-lag.js';
import { ReadinessChecks } from './readiness-checks.js';

const AWAY = new StoreUnavailable('The store cannot be reached.');

function lagOf(seconds: number): ProjectionLag {
  const lag = { events: seconds > 0 ? 1 : 0, seconds };
  return { name: 'accounts', version: 1, build: 1, position: '7', lag, quarantined: [] };
}

describe('Readiness', () => {
  let readiness: Readiness;
  let away: Set<'eventStore' | 'readStore' | 'lags'>;
  let lagSeconds: number;
  let incomplete: string[];
  let checks: ReadinessChecks;
  let registry: Registry;

  beforeEach(() => {
    readiness = new Readiness();
    readiness.ready();
    away = new Set();
    lagSeconds = 0;
    incomplete = [];
    const unlessAway = async (name: 'eventStore' | 'readStore' | 'lags') => {
      if (away.has(name)) throw AWAY;
    };
    checks = new ReadinessChecks({
      readiness,
      eventStore: { ping: () => unlessAway('eventStore') },
      readStore: { ping: () => unlessAway('readStore') },
      lags: {
        measure: async () => {
          await unlessAway('lags');
          return [lagOf(0), lagOf(lagSeconds)];
        },
      },
      served: { newest: async () => ({ incomplete }) as Partial<ServedBuilds> as ServedBuilds },
    });
    registry = new Registry();
    measureReadiness(registry, async () => (await checks.assess()).status === 'ready');
  });

  /** What Prometheus is told, which has to be what was assessed. */
  async function assessed() {
    const [assessment, text] = await Promise.all([checks.assess(), registry.metrics()]);
    expect(text).toMatch(assessment.status === 'ready' ? /^keyledger_ready 1$/m : /^keyledger_ready 0$/m);
    return assessment;
  }

  it('is there with both stores and read models that are near', async () => {
    lagSeconds = 60;
    expect(await assessed()).toEqual({
      status: 'ready',
      checks: {
        ledger: { status: 'up' },
        eventStore: { status: 'up' },
        readStore: { status: 'up' },
        projections: { status: 'up', lagSeconds: 60, quarantined: 0 },
      },
    });
  });

  it.each(['eventStore', 'readStore'] as const)(
    'goes when the %s is lost later, and comes back with it',
    async (store) => {
      expect((await assessed()).status).toBe('ready');
      away.add(store);
      expect(await assessed()).toMatchObject({
        status: 'not-ready',
        checks: {
          ledger: { status: 'up' },
          [store]: { status: 'down', detail: AWAY.message },
          projections: { status: 'down', detail: 'not measured' },
        },
      });
      away.clear();
      expect((await assessed()).status).toBe('ready');
    },
  );

  it('goes when a store is lost between its ping and the measuring', async () => {
    away.add('lags');
    expect(await assessed()).toMatchObject({
      status: 'not-ready',
      checks: { readStore: { status: 'up' }, projections: { status: 'down', detail: AWAY.message } },
    });
  });

  it('goes while read models are far behind, or made for the first time', async () => {
    lagSeconds = 61;
    expect(await assessed()).toMatchObject({ status: 'not-ready', checks: { projections: { lagSeconds: 61 } } });
    lagSeconds = 0;
    incomplete = ['accounts'];
    expect(await assessed()).toMatchObject({ status: 'not-ready', checks: { projections: { status: 'down' } } });
  });

  it('is not there before the ledger has opened, nor while it ends', async () => {
    readiness.notReady('The ledger is shutting down.');
    expect(await assessed()).toMatchObject({
      status: 'not-ready',
      checks: { ledger: { status: 'down', detail: 'The ledger is shutting down.' }, eventStore: { status: 'up' } },
    });
  });
});
