import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailable } from '#event-sourcing';
import { ApiKeys, type Config } from '#platform';
import { SqliteKeyedStore } from '#read-store-sqlite';
import { ADMIN_KEY_FILE, ensureAdminKey } from './admin-key.js';

const PLANTED = `kla_${'A'.repeat(43)}`;

let folder: string;
let file: string;
let store: SqliteKeyedStore;
let printed: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'admin-key ä-'));
  file = join(folder, ADMIN_KEY_FILE);
  store = await SqliteKeyedStore.open({ file: join(folder, 'keys.db') });
  printed = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What a process does that starts on the folder. */
function ensure(apiKeys: ApiKeys): Promise<void> {
  return ensureAdminKey(apiKeys, { dataDir: folder } as Config, (line) => printed.push(line));
}

const keyInFile = () => readFileSync(file, 'utf8').trim();
const hasRole = (key: string) => new ApiKeys(store).principalOf(key);
const ADMIN = { actor: 'admin', role: 'admin' };

function plant(mode: number, text = `${PLANTED}\n`): void {
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** The key in the file is the ledger's and can be read by its owner only; it was printed so many times. */
async function expectKept(prints: number): Promise<void> {
  expect(await hasRole(keyInFile())).toEqual(ADMIN);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(printed).toHaveLength(prints);
  for (const line of printed) expect(line.endsWith(` ${keyInFile()}`)).toBe(true);
}

describe('The admin’s key', () => {
  it('is made once, kept and printed', async () => {
    await ensure(new ApiKeys(store));
    await expectKept(1);
    const made = keyInFile();
    await ensure(new ApiKeys(store));
    await expectKept(1);
    expect(keyInFile()).toBe(made);
  });

  it('is not written down again by a ledger that has one', async () => {
    await ensure(new ApiKeys(store));
    rmSync(file);
    await ensure(new ApiKeys(store));
    expect([existsSync(file), printed.length]).toEqual([false, 1]);
  });

  it('is in the file before it is the ledger’s', async () => {
    const claim = store.putIfAbsent.bind(store);
    jest.spyOn(store, 'putIfAbsent').mockImplementation((...entry) => {
      expect(keyInFile()).toMatch(/^kla_/);
      expect(printed).toEqual([]);
      return claim(...entry);
    });
    await ensure(new ApiKeys(store));
    await expectKept(1);
  });

  it('that a start left which was cut off before it was the ledger’s, is that of the next', async () => {
    jest.spyOn(store, 'putIfAbsent').mockReturnValueOnce(new Promise(() => undefined));
    void ensure(new ApiKeys(store));
    while (!jest.mocked(store.putIfAbsent).mock.lastCall) await new Promise(setImmediate);
    const left = keyInFile();
    await ensure(new ApiKeys(store));
    await expectKept(1);
    expect(keyInFile()).toBe(left);
  });

  it('is known and printed where the answer of the store was lost', async () => {
    const claim = store.putIfAbsent.bind(store);
    jest.spyOn(store, 'putIfAbsent').mockImplementationOnce(async (...entry) => {
      await claim(...entry);
      throw new StoreUnavailable('The key store cannot be reached.');
    });
    const apiKeys = new ApiKeys(store);
    await expect(ensure(apiKeys)).rejects.toThrow(StoreUnavailable);
    expect(printed).toEqual([]);
    expect(await hasRole(keyInFile())).toEqual(ADMIN);
    await ensure(apiKeys);
    await ensure(apiKeys);
    await expectKept(1);
  });

  it('is the same when the store took none at first', async () => {
    jest.spyOn(store, 'putIfAbsent').mockRejectedValueOnce(new StoreUnavailable('The key store cannot be reached.'));
    const apiKeys = new ApiKeys(store);
    await expect(ensure(apiKeys)).rejects.toThrow(StoreUnavailable);
    const left = keyInFile();
    await ensure(apiKeys);
    await expectKept(1);
    expect(keyInFile()).toBe(left);
  });

  it.each([
    ['that all may read', () => plant(0o644)],
    ['that a group may write', () => plant(0o620)],
    ['of another form', () => plant(0o600, 'a-guessed-admin-key\n')],
    ['with more than a key', () => plant(0o600, `${PLANTED}\n${PLANTED}\n`)],
    ['that was written halfway', () => plant(0o600, PLANTED.slice(0, 20))],
  ])('is not taken from a file %s', async (_, put) => {
    put();
    await ensure(new ApiKeys(store));
    await expectKept(1);
    expect(await hasRole(PLANTED)).toBeUndefined();
  });

  it('is not taken from where a link leads, nor written there', async () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, `${PLANTED}\n`, { mode: 0o600 });
    symlinkSync(elsewhere, file);
    await ensure(new ApiKeys(store));
    await expectKept(1);
    expect(await hasRole(PLANTED)).toBeUndefined();
    expect(readFileSync(elsewhere, 'utf8')).toBe(`${PLANTED}\n`);
  });

  it('of another process leaves no other in the file, but what was there before', async () => {
    await new ApiKeys(store).claimAdminKey('the-key-of-another-process');
    jest.spyOn(store, 'get').mockResolvedValueOnce(undefined);
    await ensure(new ApiKeys(store));
    expect([existsSync(file), printed]).toEqual([false, []]);
    plant(0o600);
    jest.spyOn(store, 'get').mockResolvedValueOnce(undefined);
    await ensure(new ApiKeys(store));
    expect([keyInFile(), printed]).toEqual([PLANTED, []]);
  });

  it('is one where several processes start on the folder at the same time', async () => {
    const processes = Array.from({ length: 8 }, () => new ApiKeys(store));
    await Promise.all(processes.map(ensure));
    expect(new Set(printed).size).toBe(1);
    await expectKept(printed.length);
  });

  it('of another process takes the place of one whose claim was answered late', async () => {
    jest.spyOn(store, 'putIfAbsent').mockRejectedValueOnce(new StoreUnavailable('The key store cannot be reached.'));
    const apiKeys = new ApiKeys(store);
    await expect(ensure(apiKeys)).rejects.toThrow(StoreUnavailable);
    await new ApiKeys(store).claimAdminKey('the-key-of-another-process');
    await ensure(apiKeys);
    expect([existsSync(file), printed]).toEqual([false, []]);
  });

  it('of the settings is written nowhere', async () => {
    const config = { dataDir: folder, adminKey: 'an-admin-key-of-the-settings' } as Config;
    await ensureAdminKey(new ApiKeys(store), config, (line) => printed.push(line));
    expect([existsSync(file), printed]).toEqual([false, []]);
    expect(await hasRole('an-admin-key-of-the-settings')).toEqual(ADMIN);
  });
});
