import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiKeys, type Config, ConfigError } from '#platform';

/** Name of the file in the data folder that a made admin's key is written to. */
export const ADMIN_KEY_FILE = 'admin.key';

/**
 * Sees to it that the ledger has an admin's key: the one of the settings, or one made now if there is none yet, which is
 * printed once and written into the data folder, readable for its owner only.
 * @throws ConfigError for a data folder that it cannot be written into, before it is made
 */
export async function ensureAdminKey(apiKeys: ApiKeys, config: Config, print: (line: string) => void): Promise<void> {
  if (config.adminKey !== undefined) {
    await apiKeys.setAdminKey(config.adminKey);
    return;
  }
  if (await apiKeys.hasAdminKey()) return;
  await prepareFolder(config.dataDir);
  const key = `kla_${randomBytes(32).toString('base64url')}`;
  if (!(await apiKeys.claimAdminKey(key))) return;
  print(`The admin's key, shown this once and kept in ${ADMIN_KEY_FILE} of the data folder: ${key}`);
  const file = join(config.dataDir, ADMIN_KEY_FILE);
  // A file that is there already would keep its own mode.
  await rm(file, { force: true });
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
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
