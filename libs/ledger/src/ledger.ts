import { randomUUID } from 'node:crypto';
import { totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { type AccountsState, teamHolds } from '#accounts';
import { formatDate, ZonedCalendar } from '#calendar';
import {
  CommandExecutor,
  type CommandObserver,
  type Decider,
  EventTypeRegistry,
  type Projection,
  type Rejection,
  reject,
  ServedProjections,
} from '#event-sourcing';
import { type ExchangeRates, rateOn } from '#orders';
import {
  ApiKeys,
  type Config,
  JsonLog,
  LedgerCommands,
  type LedgerParts,
  type LedgerSettings,
  LOG_CONTEXT,
  ledgerEvents,
  PersonKeys,
  positionOf,
  Readiness,
  ServedReadModels,
  type Subject,
  stampLedger,
} from '#platform';
import { CAPABILITY_LIST } from './capabilities.js';
import { LogAnchor } from './log-anchor.js';
import { openStores } from './open-stores.js';
import { projectUpToDate } from './projector-catch-up.js';
import { rememberDefinitions } from './rebuild/read-model-definitions.js';
import { RebuildThread } from './rebuild/rebuild-thread.js';
import { rebuildContextOf } from './rebuild/rebuild-wiring.js';

/** How long a store that is away is waited for by a command, in milliseconds. */
const PATIENCE = { unavailable: 2_000, unknown: 10_000 };

const MB = 1024 * 1024;

/** A sixteenth of the memory that the process may use, from 128 to 512 MB. */
function stateCacheMb(): number {
  // 0 where nothing constrains it, and more than the machine has where its group is not limited.
  const memory = Math.min(process.constrainedMemory() || totalmem(), totalmem());
  return Math.min(512, Math.max(128, Math.round(memory / MB / 16)));
}

/** A ledger in this process: its stores, what it can do, and the way commands go into it. */
export interface Ledger extends LedgerParts {
  /**
   * Stamps a new ledger or compares the stamp, and makes the read models' collections where they are missing.
   * @throws ConfigError when time zone or base currency differ from the stamp; StoreUnavailable
   */
  start(): Promise<void>;
  /**
   * Brings the read models to where the log ends now, unless it is called off before.
   * @throws StoreUnavailable when they have come no further for a minute
   */
  projectUpToDate(signal?: AbortSignal): Promise<void>;
  /** Resolves when no command is under way any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * All wiring of a ledger.
 * @param observe measures commands; left out: nobody does
 * @throws StoreUnavailable for a data folder that cannot be used
 */
export async function composeLedger(config: Config, observe?: CommandObserver): Promise<Ledger> {
  const stores = await openStores(config);
  const { eventStore, keyedStore, readStore, snapshotStore } = stores;
  const settings = settingsOf(config);
  const registry = eventTypes();
  const projections = projectionsOf(settings, registry);
  const rebuilding = rebuildContextOf(stores, projections, registry);
  const served = new ServedReadModels({ eventStore, readStore, catalog: rebuilding.catalog, projections });
  const rebuilds = new RebuildThread(config, rebuilding, tellFailedRebuild);
  const personalData = new PersonKeys(keyedStore);
  const executor = new CommandExecutor({
    store: eventStore,
    registry,
    decidersOf: decidersBySubject(settings),
    now,
    newId: randomUUID,
    snapshots: { store: snapshotStore },
    cacheBytes: (config.stateCacheMb ?? stateCacheMb()) * MB,
    patience: { ...PATIENCE, sleep: (ms) => setTimeout(ms), elapsed: () => performance.now() },
    ...(observe === undefined ? {} : { observe }),
  });
  const commands = new LedgerCommands({
    executor,
    settings,
    personalData,
    rateOn: (currency, day) => rateOfDay(executor, config.baseCurrency, currency, day),
    holdsMember: (account, member) => teamHolds(account.state('accounts') as AccountsState, member),
  });
  return {
    ...stores,
    config,
    settings,
    capabilities: CAPABILITY_LIST,
    projections,
    readStore: served.store,
    served,
    metricSources: CAPABILITY_LIST.flatMap(({ metrics }) => metrics?.(settings, served.store) ?? []),
    commands,
    personalData,
    apiKeys: new ApiKeys(keyedStore),
    readiness: new Readiness(),
    rebuilds,
    now,
    async start() {
      await new LogAnchor(eventStore, readStore).check();
      await stampLedger(eventStore, config, now());
      await served.newest();
      await rememberDefinitions(readStore, projections);
    },
    projectUpToDate: (signal) =>
      projectUpToDate(
        { ...stores, registry, projections, served: new ServedProjections(rebuilding.catalog, projections) },
        signal,
      ),
    idle: () => executor.answered(),
    waiting: () => executor.waiting,
    async close() {
      await rebuilds.stop();
      await executor.close();
      await Promise.all([eventStore.close(), readStore.close(), keyedStore.close(), snapshotStore.close()]);
    },
  };
}

function tellFailedRebuild(error: Error): void {
  const message = `A rebuild stopped, and waits to be gone on with: ${error.message}`;
  // Standard output may be that of a command line.
  const log = new JsonLog('error', (line) => void process.stderr.write(line), now);
  log.line('error', LOG_CONTEXT.rebuild, message, positionOf(error));
}

/** A ledger that has started. @throws ConfigError, StoreUnavailable */
export async function openLedger(config: Config): Promise<Ledger> {
  const ledger = await composeLedger(config);
  try {
    await ledger.start();
    ledger.readiness.ready();
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

export function settingsOf({ baseCurrency, policyApproval, timeZone }: Config): LedgerSettings {
  return { calendar: new ZonedCalendar(timeZone), baseCurrency, policyApproval };
}

/** The events of all capabilities and the ledger's own. */
export function eventTypes(): EventTypeRegistry {
  return new EventTypeRegistry([ledgerEvents, ...CAPABILITY_LIST.map(({ events }) => events)]);
}

export function projectionsOf(settings: LedgerSettings, registry: EventTypeRegistry): readonly Projection[] {
  return CAPABILITY_LIST.flatMap(({ projections }) => projections(settings, [...registry.types]));
}

function decidersBySubject(settings: LedgerSettings): (stream: string) => readonly Decider[] {
  const bySubject = new Map<Subject, Decider[]>([
    ['account', []],
    ['policy', []],
    ['settings', []],
  ]);
  for (const { deciders } of CAPABILITY_LIST) {
    for (const { subject, decider } of deciders) bySubject.get(subject)?.push(decider(settings));
  }
  return (stream) => {
    const deciders = bySubject.get(stream.split('-', 1)[0] as Subject);
    if (deciders === undefined) throw new Error(`"${stream}" is no stream of a ledger`);
    return deciders;
  };
}

async function rateOfDay(
  executor: CommandExecutor,
  baseCurrency: string,
  currency: string,
  day: number,
): Promise<string | Rejection> {
  if (currency === baseCurrency) return '1';
  const settings = await executor.view('settings');
  const rate = rateOn(settings.state('exchange-rates') as ExchangeRates, currency, day);
  const complaint = `There is no exchange rate of ${currency} on or before ${formatDate(day)}.`;
  return rate ?? reject('rule', 'rate-unknown', complaint, { currency, date: formatDate(day) });
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

let millisecond = 0;
let instant = '';

/** The present instant; many commands share a millisecond, and its text. */
export function now(): string {
  const present = Date.now();
  if (present !== millisecond) {
    millisecond = present;
    instant = new Date(present).toISOString();
  }
  return instant;
}
