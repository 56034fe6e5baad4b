import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type AccountsState, teamHolds } from '#accounts';
import { formatDate, ZonedCalendar } from '#calendar';
import {
  CommandExecutor,
  type Decider,
  EventTypeRegistry,
  type Projection,
  ProjectionRunner,
  type ReadStore,
  type Rejection,
  reject,
} from '#event-sourcing';
import { type ExchangeRates, rateOn } from '#orders';
import {
  ApiKeys,
  type Config,
  LedgerCommands,
  type LedgerParts,
  type LedgerSettings,
  ledgerEvents,
  PersonKeys,
  Readiness,
  ReadProgress,
  type Subject,
  stampLedger,
} from '#platform';
import { CAPABILITY_LIST } from './capabilities.js';
import { openStores } from './open-stores.js';

/** How long a store that is away is waited for by a command, in milliseconds. */
const PATIENCE = { unavailable: 2_000, unknown: 10_000 };

/** A ledger in this process: its stores, what it can do, and the way commands go into it. */
export interface Ledger extends LedgerParts {
  /**
   * Stamps a new ledger or compares the stamp, and makes the read models' collections where they are missing.
   * @throws ConfigError when time zone or base currency differ from the stamp; StoreUnavailable
   */
  start(): Promise<void>;
  /** Brings the read models to where the log ends now, unless it is called off before. */
  projectUpToDate(signal?: AbortSignal): Promise<void>;
  /** Resolves when no command is under way any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** All wiring of a ledger. @throws StoreUnavailable for a data folder that cannot be used */
export async function composeLedger(config: Config): Promise<Ledger> {
  const stores = await openStores(config);
  const { eventStore, keyedStore, readStore } = stores;
  const settings = settingsOf(config);
  const registry = eventTypes();
  const projections = projectionsOf(settings, registry);
  const personalData = new PersonKeys(keyedStore);
  const executor = new CommandExecutor({
    store: eventStore,
    registry,
    decidersOf: decidersBySubject(settings),
    now,
    newId: randomUUID,
    patience: { ...PATIENCE, sleep: (ms) => setTimeout(ms), elapsed: () => performance.now() },
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
    metricSources: CAPABILITY_LIST.flatMap(({ metrics }) => metrics?.(settings, readStore) ?? []),
    commands,
    personalData,
    apiKeys: new ApiKeys(keyedStore),
    readiness: new Readiness(),
    now,
    async start() {
      await stampLedger(eventStore, config, now());
      await readStore.prepare(projections.map(({ collection }) => collection));
    },
    projectUpToDate: (signal) => projectUpToDate(stores, registry, projections, signal),
    idle: () => executor.idle(),
    async close() {
      await executor.idle();
      await Promise.all([eventStore.close(), readStore.close(), keyedStore.close()]);
    },
  };
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

async function projectUpToDate(
  { eventStore, readStore }: { eventStore: Ledger['eventStore']; readStore: ReadStore },
  registry: EventTypeRegistry,
  projections: readonly Projection[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const head = (await eventStore.head()) ?? 0n;
  if ((await new ReadProgress(readStore, projections).position()) >= head) return;
  const done = new AbortController();
  const runner = new ProjectionRunner({
    eventStore,
    readStore,
    registry,
    projections,
    now,
    sleep,
    onProgress({ position }) {
      if (position >= head) done.abort();
    },
  });
  await runner.run(signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]));
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The present instant. */
export function now(): string {
  return new Date().toISOString();
}
