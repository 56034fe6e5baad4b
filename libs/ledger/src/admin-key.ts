import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiKeys, type Config, ConfigError } from '#platform';

/** Name of the file in the data folder that a made admin's key is written to. */
export const ADMIN_KEY_FILE = 'admin.key';

const KEY_LINE = /^(kla_[A-Za-z0-9_-]{43})\n$/;
const KEY_BYTES = 'kla_'.length + 43 + '\n'.length;

/** The key that was to become the admin's and may have: the store's answer got lost. */
const unanswered = new WeakMap<ApiKeys, string>();

/**
 * Sees to it that the ledger has an admin's key: the one of the settings, or one made now if there is none yet, which is
 * written into the data folder, readable for its owner only, and printed once it is the ledger's. It is written before, so
 * that a ledger never has a key that nobody knows: the next start goes on with the one that a start which was cut off has
 * left there.
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
  const left = unanswered.get(apiKeys) ?? (await keyIn(file));
  const key = left ?? `kla_${randomBytes(32).toString('base64url')}`;
  if (left === undefined) await keep(key, file);
  unanswered.set(apiKeys, key);
  const isTheAdmins = await apiKeys.claimAdminKey(key);
  unanswered.delete(apiKeys);
  // Another process that started at the same time may have put its own there.
  const isInFile = (await keyIn(file)) === key;
  if (isTheAdmins) {
    print(`The admin's key, shown this once and kept in ${ADMIN_KEY_FILE} of the data folder: ${key}`);
    if (!isInFile) await keep(key, file);
  } else if (left === undefined && isInFile) {
    await rm(file, { force: true });
  }
}

async function keep(key: string, file: string): Promise<void> {
  // A file that is there already would keep its own mode.
  await rm(file, { force: true });
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx', flush: true });
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
