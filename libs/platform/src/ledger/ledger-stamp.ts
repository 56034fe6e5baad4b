import { randomUUID } from 'node:crypto';
import { chainedEvents, type DomainEvent, type EventStore, type EventTypes, type RecordedEvent } from '#event-sourcing';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config.js';

/** The first event of every ledger: what it was opened with and keeps. */
export const LEDGER_OPENED = 'ledger-opened.v1';

export interface LedgerOpenedData {
  readonly timeZone: string;
  readonly baseCurrency: string;
}

export type LedgerOpened = DomainEvent<typeof LEDGER_OPENED, LedgerOpenedData>;

export const ledgerEvents: EventTypes = { types: [LEDGER_OPENED] };

const STREAM = 'settings';

/**
 * Stamps time zone and base currency into a new ledger, and compares them with the stamp of one that is there.
 * @throws ConfigError when they differ; StoreUnavailable, AppendOutcomeUnknown
 */
export async function stampLedger(store: EventStore, config: Config, now: string): Promise<void> {
  const first = (await firstEvent(store)) ?? (await openLedger(store, config, now));
  compare(first, config);
}

/** Whether the ledger was opened, with these settings. @throws ConfigError for one opened with others; StoreUnavailable */
export async function isStamped(store: Pick<EventStore, 'readStream'>, config: Config): Promise<boolean> {
  const first = await firstEvent(store);
  if (first !== undefined) compare(first, config);
  return first !== undefined;
}

function compare({ data: { baseCurrency, timeZone } }: RecordedEvent, config: Config): void {
  if (timeZone !== config.timeZone) throw differs('KEYLEDGER_TIME_ZONE', timeZone, config.timeZone);
  if (baseCurrency !== config.baseCurrency) throw differs('KEYLEDGER_BASE_CURRENCY', baseCurrency, config.baseCurrency);
}

async function firstEvent(store: Pick<EventStore, 'readStream'>): Promise<RecordedEvent | undefined> {
  for await (const event of store.readStream(STREAM, { limit: 1 })) return event;
  return undefined;
}

async function openLedger(store: EventStore, { baseCurrency, timeZone }: Config, now: string): Promise<RecordedEvent> {
  const opened: LedgerOpened = { type: LEDGER_OPENED, data: { timeZone, baseCurrency }, occurredAt: now };
  const requestId = randomUUID();
  const request = {
    context: { now, actor: 'system', role: 'admin' },
    requestId,
    correlationId: requestId,
    source: 'system',
  };
  const end = { stream: STREAM, revision: -1, hash: '' };
  await store.append(STREAM, 'no-stream', chainedEvents(end, request, [opened], now, randomUUID));
  // Another process may have been quicker: its stamp holds.
  const first = await firstEvent(store);
  if (first === undefined) throw new Error('the settings stream is empty after it was written');
  return first;
}

function differs(name: string, stamped: unknown, given: string): ConfigError {
  return new ConfigError(`${name} is "${given}", but this ledger was opened with "${stamped}" and keeps it.`);
}
