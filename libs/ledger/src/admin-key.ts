import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ApiKeys, type Config, ConfigError } from '#platform';

/** Name of the file in the data folder that a made admin's key is written to. */
export const ADMIN_KEY_FILE = 'admin.key';

const KEY_LINE = /^(kla_[A-Za-z0-9_-]{43})\n$/;
const KEY_BYTES = 'kla_'.length + 43 + '\n'.length;

/** How long another process may take to write the key into the file that it has made, and how often it is looked for, in ms. */
const WRITTEN_WITHIN = 1_000;
const LOOK = 50;

interface KeptKey {
  readonly key: string;
  /** Whether this process has made it, rather than found it in the file. */
  readonly isOwn: boolean;
}

/** The keys that were to become the admin's and may have: the store's answer got lost. */
const unanswered = new WeakMap<ApiKeys, KeptKey>();

/**
 * Sees to it that the ledger has an admin's key: the one of the settings, or one made now if there is none yet, which is
 * written into the data folder, readable for its owner only, and printed once it is the ledger's. It is written before, so
 * that a ledger never has a key that nobody knows: the next start goes on with the one that a start which was cut off has
 * left there, and processes that start on one folder at the same time agree on one.
 * @throws ConfigError for a data folder that it cannot be written into, before it is made
 */
export async function ensureAdminKey(apiKeys: ApiKeys, config: Config, print: (line: string) => void): Promise<void> {
  if (config.adminKey !== undefined) {
    await apiKeys.setAdminKey(config.adminKey);
    return;
  }
  if (!unanswered.has(apiKeys) && (await apiKeys.hasAdminKey())) return;
  await prepareFolder(config.dataDir);
  const file = join(config.dataDir, ADMIN_KEY_FILE);
  const kept = unanswered.get(apiKeys) ?? (await keptKey(file));
  unanswered.set(apiKeys, kept);
  const isTheAdmins = await apiKeys.claimAdminKey(kept.key);
  unanswered.delete(apiKeys);
  if (isTheAdmins) {
    print(`The admin's key, shown this once and kept in ${ADMIN_KEY_FILE} of the data folder: ${kept.key}`);
  } else if (kept.isOwn && (await keyIn(file)) === kept.key) {
    await rm(file, { force: true });
  }
}

/** The key in the file, which is made where it holds none. */
async function keptKey(file: string): Promise<KeptKey> {
  const key = `kla_${randomBytes(32).toString('base64url')}`;
  for (;;) {
    try {
      await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx', flush: true });
      return { key, isOwn: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    for (let waited = 0; waited < WRITTEN_WITHIN; waited += LOOK) {
      const left = await keyIn(file);
      if (left !== undefined) return { key: left, isOwn: false };
      await setTimeout(LOOK);
    }
    // Nobody is about to write one: what is there may be read, or was put there, by others, and would keep its mode.
    await rm(file, { force: true });
  }
}

/** The key in the file, if nobody but its owner, as whom this process runs, can have put it there or read it. */
async function keyIn(file: string): Promise<string | undefined> {
  try {
    // Neither follows a link nor waits for somebody to write into a pipe.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size !== KEY_BYTES || !isOursAlone(stats)) return undefined;
      return KEY_LINE.exec(await handle.readFile('utf8'))?.[1];
    } finally {
      await handle.close();
    }
  } catch {
    // What is wrong with it shows when another is put in its place.
    return undefined;
  }
}

/** Windows has no such owners and modes: there the folder's rights alone protect what is in it. */
function isOursAlone({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
}

/** Where all stores are servers, nothing has made it; and a key that was claimed and not written down would be lost. */
async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (cause) {
    const what = 'KEYLEDGER_DATA_DIR cannot be written to, where the admin’s key is to be kept';
    throw new ConfigError(`${what}: give it rights, or set KEYLEDGER_ADMIN_KEY.`, { cause });
  }
}
