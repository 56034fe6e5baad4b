import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig, stampLedger } from '#platform';
import { type BackupManifest, backupFile, MANIFEST_FILE, writeManifest } from '#transfer';
import { backUpLedger } from './back-up-ledger.js';
import { ledgerPlace, openEmbedded } from './ledger-place.js';
import { restoreBackup } from './restore-backup.js';
import { fillFolder } from './work-folder.js';

const { signal } = new AbortController();
const onProgress = () => undefined;

let folder: string;
let backup: string;

const inFolder = (...names: string[]) => join(folder, ...names);
const place = (name: string) => ledgerPlace([inFolder(name)], {});
const backUp = (to: string) =>
  backUpLedger(place('ledger'), to, { withReadModels: false, program: '1.0.0', signal, onProgress });
const restore = (to: string, from = backup) =>
  restoreBackup(from, place(to), { positions: inFolder('positions.csv'), signal, onProgress });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restore ä '));
  backup = inFolder('backup');
  mkdirSync(inFolder('ledger'));
  const stores = await openEmbedded(inFolder('ledger'));
  await stampLedger(stores.eventStore, readConfig({}), '2026-01-01T00:00:00.000Z');
  await stores.keyedStore.putIfAbsent('person-key', 'ann', 'secret');
  await stores.close();
  await backUp(backup);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As anybody can who can write to it: the digest has no key. */
async function forge(change: (manifest: BackupManifest) => object): Promise<void> {
  const { digest: _, ...manifest } = JSON.parse(readFileSync(join(backup, MANIFEST_FILE), 'utf8'));
  rmSync(join(backup, MANIFEST_FILE));
  await writeManifest(backup, change(manifest) as BackupManifest);
}

async function keyOfAnn(name: string): Promise<string | undefined> {
  const stores = await openEmbedded(inFolder(name));
  try {
    return await stores.keyedStore.get('person-key', 'ann');
  } finally {
    await stores.close();
  }
}

describe('A backup that is restored', () => {
  it('writes nothing outside of its folder, whatever its manifest names', async () => {
    writeFileSync(inFolder('mine.txt'), 'precious');
    writeFileSync(join(backup, 'evil.txt'), 'evil');
    mkdirSync(join(backup, 'sub'));
    writeFileSync(inFolder('backup', 'sub', 'mine.txt'), 'evil');
    const evil = { ...(await backupFile(join(backup, 'sub'), 'mine.txt')), name: '../mine.txt' };
    await forge((manifest) => ({ ...manifest, files: [evil, ...manifest.files] }));
    await expect(restore('new')).rejects.toThrow("The backup's manifest.json is damaged.");
    expect(readFileSync(inFolder('mine.txt'), 'utf8')).toBe('precious');
    expect(existsSync(inFolder('new'))).toBe(false);
  });

  it.each(['folder', 'link'])('is refused where a %s has the name of a file', async (kind) => {
    const file = join(backup, 'keys.db');
    writeFileSync(inFolder('keys elsewhere'), readFileSync(file));
    rmSync(file);
    if (kind === 'folder') mkdirSync(file);
    else symlinkSync(inFolder('keys elsewhere'), file);
    await expect(restore('new')).rejects.toThrow('The backup is damaged: keys.db is not what the manifest tells.');
    expect(readdirSync(folder).sort()).toEqual(['backup', 'keys elsewhere', 'ledger']);
  });

  it('makes a new folder', async () => {
    await restore('new');
    expect(readdirSync(inFolder('new')).sort()).toEqual(['events.db', 'keys.db']);
    expect(await keyOfAnn('new')).toBe('secret');
  });

  it('fills an empty folder in its place, also behind a link', async () => {
    mkdirSync(inFolder('volume'), { mode: 0o750 });
    const { ino } = statSync(inFolder('volume'));
    symlinkSync(inFolder('volume'), inFolder('linked'));
    await restore('linked');
    expect(readdirSync(inFolder('volume')).sort()).toEqual(['events.db', 'keys.db']);
    expect(statSync(inFolder('volume'))).toMatchObject({ ino });
    expect(await keyOfAnn('linked')).toBe('secret');
  });

  it('leaves an empty folder empty when it is refused', async () => {
    mkdirSync(inFolder('volume'));
    await forge((manifest) => ({ ...manifest, keys: { 'person-key': 2 } }));
    await expect(restore('volume')).rejects.toThrow('as many events and keys');
    expect(readdirSync(inFolder('volume'))).toEqual([]);
  });

  it('is refused before the work where a link leads nowhere', async () => {
    symlinkSync(inFolder('nowhere'), inFolder('linked'));
    await expect(restore('linked')).rejects.toThrow('is a link to what is not there.');
  });

  it('is never restored, nor another made, in its own folder', async () => {
    symlinkSync(backup, inFolder('linked'));
    for (const name of ['backup', 'linked']) {
      await expect(restore(join(name, 'x'))).rejects.toThrow('lies in the folder of a backup: name one outside of it.');
      await expect(backUp(inFolder(name, 'x', 'y'))).rejects.toThrow(
        'lies in the folder of another backup: name one outside of it.',
      );
    }
    expect(readdirSync(backup).sort()).toEqual(['events.db', 'keys.db', 'manifest.json']);
  });
});

describe('A folder that is filled in its place', () => {
  beforeEach(() => {
    mkdirSync(inFolder('volume', 'restoring-1'), { recursive: true });
    for (const name of ['events.db', 'keys.db']) writeFileSync(inFolder('volume', 'restoring-1', name), name);
  });
  const fill = () => fillFolder(inFolder('volume', 'restoring-1'), inFolder('volume'), 'events.db');

  it('keeps what somebody has put there meanwhile', async () => {
    writeFileSync(inFolder('volume', 'keys.db'), 'mine');
    await expect(fill()).rejects.toThrow('somebody has put something into it');
    expect(readFileSync(inFolder('volume', 'keys.db'), 'utf8')).toBe('mine');
  });

  it('has the others only with the last', async () => {
    rmSync(inFolder('volume', 'restoring-1', 'events.db'));
    await expect(fill()).rejects.toThrow('cannot be filled');
    expect(readdirSync(inFolder('volume'))).toEqual(['restoring-1']);
  });
});
