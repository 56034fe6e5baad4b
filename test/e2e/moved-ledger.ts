import { join } from 'node:path';
import type { EventStore, RecordedEvent } from '#event-sourcing';
import { EventStoreDbEventStore } from '#event-store-eventstoredb';
import { SqliteEventStore } from '#event-store-sqlite';
import { type ApiClient, type LedgerEnvironment, LedgerProcess, runCli } from './ledger-process.js';

export const ACCOUNTS = 12;
const DEMO_ORDERS = join(import.meta.dirname, '..', '..', 'samples', 'demo', 'orders.csv');
const DEMO_MAP = join(import.meta.dirname, '..', '..', 'samples', 'online-retail.map.json');

/** Facts of all kinds over HTTP, contacts with personal data among them: `months` decides how many. */
export async function fillLedger(admin: ApiClient, months: number): Promise<void> {
  await Promise.all(Array.from({ length: ACCOUNTS }, (_, account) => fillAccount(admin, account, months)));
}

async function fillAccount(admin: ApiClient, account: number, months: number): Promise<void> {
  const path = `/v1/accounts/moved-${account}`;
  const at = '2025-01-01T00:00:00Z';
  await admin.must('POST', '/v1/accounts', {
    accountId: `moved-${account}`,
    name: `Łódź ${account} 😀`,
    region: 'north',
    at,
  });
  for (const [n, role] of (['decision-maker', 'user'] as const).entries()) {
    await admin.must('POST', `${path}/contacts`, {
      contactId: `contact-${n}`,
      name: `Ann Unmistakable ${account}-${n}`,
      role,
      email: `ann-${account}-${n}@unmistakable.example`,
      at,
    });
  }
  await admin.must('PUT', `${path}/cadence`, { every: 'P1M', at });
  for (let month = 0; month < months; month++) {
    const day = new Date(Date.UTC(2025, month % 12, 1 + Math.floor(month / 12), 9)).toISOString();
    const lines = [{ sku: `sku-${month % 5}`, quantity: 1 + account, unitPrice: '12.50', unitCost: '7.25' }];
    await admin.must('POST', `${path}/orders`, { placedAt: day, currency: 'GBP', lines });
    if (month % 2 === 0) await admin.must('POST', `${path}/visits`, { channel: 'on-site', visitedAt: day });
    if (month % 3 === 0) {
      await admin.must('POST', `${path}/surveys`, { metric: 'csat', score: 1 + (account % 5), scoredAt: day });
    }
  }
  await admin.must('POST', `${path}/appraisals`, {
    criterion: 'potential',
    points: 1 + (account % 10),
    at: '2025-12-01T00:00:00Z',
  });
}

/** Some hundred orders more, as one import. */
export async function importDemoOrders(environment: LedgerEnvironment): Promise<void> {
  const { code, stderr } = await runCli(['import', DEMO_ORDERS, '--kind', 'orders', '--map', DEMO_MAP], environment);
  if (code !== 0) throw new Error(stderr);
}

/** The log of a ledger, for looking at. */
export function openLog(environment: LedgerEnvironment): Promise<EventStore> {
  const { EVENTSTOREDB_URL, KEYLEDGER_DATA_DIR = '', KEYLEDGER_STREAM_PREFIX = 'keyledger-' } = environment;
  return EVENTSTOREDB_URL === undefined
    ? SqliteEventStore.open({ file: join(KEYLEDGER_DATA_DIR, 'events.db') })
    : EventStoreDbEventStore.open({ url: EVENTSTOREDB_URL, streamPrefix: KEYLEDGER_STREAM_PREFIX });
}

export async function logOf(environment: LedgerEnvironment): Promise<RecordedEvent[]> {
  const store = await openLog(environment);
  try {
    const events: RecordedEvent[] = [];
    for await (const event of store.readAll()) events.push(event);
    return events;
  } finally {
    await store.close();
  }
}

/** What of an event must be the same wherever it lies: all but its position, metadata byte for byte. */
export function movedEvents(log: readonly RecordedEvent[]): string[] {
  return log.map(({ data, id, metadata, revision, stream, type }) =>
    JSON.stringify([stream, revision, id, type, data, metadata]),
  );
}

export interface LedgerAnswers {
  readonly ranking: string;
  readonly contacts: string;
}

/** What a ledger that is started on these stores says, once its read models hold the whole log. */
export async function answersOf(environment: LedgerEnvironment): Promise<LedgerAnswers> {
  const head = (await logOf(environment)).at(-1)?.position;
  const ledger = await LedgerProcess.start(environment);
  try {
    const admin = ledger.client();
    const after = String(head ?? 0n);
    const ranking: string = await admin.ask('/v1/key-accounts?asOf=2025-12-31', after, { accept: 'text/csv' });
    const contacts = [];
    for (let account = 0; account < ACCOUNTS; account++) {
      contacts.push((await admin.ask(`/v1/accounts/moved-${account}/contacts`, after)).items);
    }
    return { ranking, contacts: JSON.stringify(contacts) };
  } finally {
    await ledger.stop();
  }
}

/** The words that name the place of a ledger on a command line. */
export function placeWords(environment: LedgerEnvironment): string[] {
  const { EVENTSTOREDB_URL, KEYLEDGER_DATA_DIR = '', MONGODB_URL } = environment;
  return EVENTSTOREDB_URL === undefined || MONGODB_URL === undefined
    ? [KEYLEDGER_DATA_DIR]
    : [EVENTSTOREDB_URL, MONGODB_URL];
}

/** Where a ledger on servers has its streams; nothing for an embedded one. */
export function prefixWords(option: string, environment: LedgerEnvironment): string[] {
  const { EVENTSTOREDB_URL, KEYLEDGER_STREAM_PREFIX } = environment;
  return EVENTSTOREDB_URL === undefined || KEYLEDGER_STREAM_PREFIX === undefined
    ? []
    : [option, KEYLEDGER_STREAM_PREFIX];
}
