import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Config, ConfigError, LEDGER_OPENED, type LedgerOpenedData, readConfig } from '#platform';
import { type LedgerStores, MANIFEST_FILE, TransferRefused } from '#transfer';
import {
  EVENTS_FILE,
  KEYS_FILE,
  openEventStore,
  openKeyedStore,
  openReadStore,
  READ_MODELS_FILE,
} from './open-stores.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a ledger lies, or is to lie. */
export interface LedgerPlace {
  readonly config: Config;
  /** For people: without passwords. */
  readonly shown: string;
}

/** The stores of a place, open. */
export interface OpenPlace extends LedgerStores {
  close(): Promise<void>;
}

/** Says where: the ledger that the environment names. */
const THE_ENVIRONMENTS = 'env';

/**
 * A place as a command line names it: a data folder; `esdb://…` and `mongodb://…`; one of these with a folder for the rest;
 * or `env`, the ledger of the environment.
 * @param prefix of the streams on a server; left out: that of the environment
 * @throws ConfigError when the words name no place
 */
export function ledgerPlace(words: readonly string[], environment: Environment, prefix?: string): LedgerPlace {
  const prefixed = prefix === undefined ? environment : { ...environment, KEYLEDGER_STREAM_PREFIX: prefix };
  if (words.some((word) => word.trim() === '')) throw new ConfigError('The name of a place is empty.');
  if (words.length === 1 && words[0] === THE_ENVIRONMENTS) return placeOf(readConfig(prefixed));
  const named: Record<'EVENTSTOREDB_URL' | 'MONGODB_URL' | 'KEYLEDGER_DATA_DIR', string[]> = {
    EVENTSTOREDB_URL: words.filter((word) => /^(esdb|kurrentdb|kurrent)(\+discover)?:/i.test(word)),
    MONGODB_URL: words.filter((word) => /^mongodb(\+srv)?:/i.test(word)),
    KEYLEDGER_DATA_DIR: words.filter((word) => !/^[a-z+]{3,}:\/\//i.test(word)),
  };
  const [url, ...urls] = named.EVENTSTOREDB_URL;
  const [mongoUrl, ...mongoUrls] = named.MONGODB_URL;
  const [folder, ...folders] = named.KEYLEDGER_DATA_DIR;
  const known = Object.values(named).flat().length === words.length;
  if (!known || [...urls, ...mongoUrls, ...folders].length > 0 || words.length === 0) {
    throw new ConfigError('A ledger is named by a folder, by esdb://… and mongodb://…, or by env.');
  }
  if (folder === undefined && (url === undefined || mongoUrl === undefined)) {
    const missing = url === undefined ? 'events: add esdb://…' : 'keys and read models: add mongodb://…';
    throw new ConfigError(`Nothing names the place of the ${missing} or a folder.`);
  }
  return placeOf(
    readConfig({
      ...prefixed,
      EVENTSTOREDB_URL: url,
      MONGODB_URL: mongoUrl,
      ...(folder === undefined ? {} : { KEYLEDGER_DATA_DIR: folder }),
    }),
  );
}

function placeOf(config: Config): LedgerPlace {
  const { dataDir, eventStoreDbUrl, mongoDbUrl, streamPrefix } = config;
  const parts = [
    ...(eventStoreDbUrl === undefined ? [] : [`${withoutPassword(eventStoreDbUrl)} (streams ${streamPrefix}…)`]),
    ...(mongoDbUrl === undefined ? [] : [withoutPassword(mongoDbUrl)]),
    ...(eventStoreDbUrl === undefined || mongoDbUrl === undefined ? [dataDir] : []),
  ];
  return { config, shown: parts.join(' and ') };
}

function withoutPassword(url: string): string {
  return url
    .trim()
    .replace(/\/\/[^@/]*@/, '//')
    .replace(/\?.*$/, '');
}

/** Whether both logs, or both stores of keys, are the same. */
export function isSamePlace({ config: a }: LedgerPlace, { config: b }: LedgerPlace): boolean {
  const sameFolder = realFolder(a.dataDir) === realFolder(b.dataDir);
  const same = (url: string | undefined, other: string | undefined) =>
    url === other && (url !== undefined || sameFolder);
  return (
    (same(a.eventStoreDbUrl, b.eventStoreDbUrl) &&
      (a.eventStoreDbUrl === undefined || a.streamPrefix === b.streamPrefix)) ||
    same(a.mongoDbUrl, b.mongoDbUrl)
  );
}

/** The folder without links in its path, as far as it is there. */
function realFolder(folder: string): string {
  const path = resolve(folder);
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realFolder(dirname(path)), basename(path));
}

/** Whether a ledger has its log or its keys in its folder. */
export function keepsStores({ config: { eventStoreDbUrl, mongoDbUrl } }: LedgerPlace): boolean {
  return eventStoreDbUrl === undefined || mongoDbUrl === undefined;
}

/** Whether a folder lies in that of a ledger which keeps stores there. */
export function isInFolderOf(place: LedgerPlace, folder: string): boolean {
  return keepsStores(place) && isWithin(folder, place.config.dataDir);
}

/** Whether a folder lies in that of a backup, which nothing is to be added to. */
export function isInBackup(folder: string): boolean {
  const outer = dirname(realFolder(folder));
  if (outer === realFolder(folder)) return false;
  // Others have a file of the manifest's name, too.
  return [MANIFEST_FILE, EVENTS_FILE].every((file) => existsSync(join(outer, file))) || isInBackup(outer);
}

function isWithin(folder: string, outer: string): boolean {
  const way = relative(realFolder(outer), realFolder(folder));
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Opens a ledger that is there. @throws TransferRefused where there is none; ConfigError for a backup; StoreUnavailable */
export async function openExisting(place: LedgerPlace): Promise<OpenPlace> {
  assertFiles(place.config);
  return open(place.config);
}

/** Opening a store makes its file. @throws TransferRefused where one that a ledger keeps in its folder is not there */
export function assertFiles({ dataDir, eventStoreDbUrl, mongoDbUrl }: Config): void {
  const files = [
    ...(eventStoreDbUrl === undefined ? [EVENTS_FILE] : []),
    ...(mongoDbUrl === undefined ? [KEYS_FILE] : []),
  ];
  const missing = files.find((file) => !existsSync(join(dataDir, file)));
  if (missing !== undefined) throw new TransferRefused(`${dataDir} holds no ledger: it has no ${missing}.`);
}

/**
 * Opens a place to copy to; its folder is made, for its owner alone.
 * @throws ConfigError for a backup; TransferRefused for read models that an empty log has not made; StoreUnavailable
 */
export async function openTarget({ config }: LedgerPlace): Promise<OpenPlace> {
  const target = await open(config);
  try {
    if ((await target.eventStore.head()) === undefined) await assertNoReadModels(config);
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Read models of another log would be taken for those of this one, as far as their checkpoints reach. */
async function assertNoReadModels(config: Config): Promise<void> {
  if (config.mongoDbUrl === undefined && !existsSync(join(config.dataDir, READ_MODELS_FILE))) return;
  const readStore = await openReadStore(config);
  try {
    if ((await readStore.checkpoints()).length === 0) return;
  } finally {
    await readStore.close();
  }
  throw new TransferRefused(
    'The target has read models of another log: drop that database, or name another one in the path of mongodb://…/DATABASE.',
  );
}

async function open(config: Config): Promise<OpenPlace> {
  const eventStore = await openEventStore(config);
  try {
    const keyedStore = await openKeyedStore(config);
    return {
      eventStore,
      keyedStore,
      async close() {
        await Promise.all([eventStore.close(), keyedStore.close()]);
      },
    };
  } catch (error) {
    await eventStore.close();
    throw error;
  }
}

/** Opens the log and the keys in a folder. @throws StoreUnavailable */
export function openEmbedded(folder: string): Promise<OpenPlace> {
  return open(readConfig({ KEYLEDGER_DATA_DIR: folder }));
}

/** What a ledger was stamped with when it was opened. @throws TransferRefused where it has no stamp; StoreUnavailable */
export async function ledgerStamp({ eventStore }: Pick<LedgerStores, 'eventStore'>): Promise<LedgerOpenedData> {
  for await (const { data, type } of eventStore.readStream('settings', { limit: 1 })) {
    const { baseCurrency, timeZone } = data;
    if (type === LEDGER_OPENED && typeof baseCurrency === 'string' && typeof timeZone === 'string') {
      return { baseCurrency, timeZone };
    }
  }
  throw new TransferRefused('There is no ledger: nothing tells its time zone and currency.');
}
