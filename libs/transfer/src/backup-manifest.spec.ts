import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BackupManifest, MANIFEST_FILE, readManifest, writeManifest } from './backup-manifest.js';

const NAMES = { required: ['events.db', 'keys.db'], optional: ['read-models.db'] };
const file = (name: unknown) => ({ name, bytes: 7, sha256: '0'.repeat(64) });
const [EVENTS, KEYS] = NAMES.required.map(file);
const WHOLE = {
  format: 1,
  program: '1.0.0',
  createdAt: '2026-01-01T00:00:00.000Z',
  ledger: { timeZone: 'UTC', baseCurrency: 'EUR' },
  log: { events: 3, streams: 2, head: '9' },
  keys: { 'person-key': 1 },
  files: [EVENTS, KEYS],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifest ä '));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** With a digest that fits, as anybody can make one. */
async function read(manifest: unknown): Promise<BackupManifest> {
  await writeManifest(folder, manifest as BackupManifest);
  try {
    return await readManifest(folder, NAMES);
  } finally {
    rmSync(join(folder, MANIFEST_FILE));
  }
}

describe('The manifest of a backup', () => {
  it('is read as it was written', async () => {
    expect(await read(WHOLE)).toEqual(WHOLE);
    const more = { ...WHOLE, keys: {}, files: [file('read-models.db'), EVENTS, KEYS] };
    expect(await read(more)).toEqual(more);
  });

  it.each([
    ['../evil.txt', [EVENTS, KEYS, file('../evil.txt')]],
    ['/etc/passwd', [EVENTS, KEYS, file('/etc/passwd')]],
    ['sub/events.db', [EVENTS, KEYS, file('sub/events.db')]],
    ['a folder', [EVENTS, KEYS, file('.')]],
    ['a file of another name', [EVENTS, KEYS, file('admin.key')]],
    ['no name', [EVENTS, KEYS, file(undefined)]],
    ['a list as a name', [EVENTS, KEYS, file(['read-models.db'])]],
    ['one file twice', [EVENTS, KEYS, EVENTS]],
    ['no keys', [EVENTS]],
    ['no events', [KEYS]],
    ['no size', [{ ...EVENTS, bytes: '7' }, KEYS]],
    ['no hash', [{ ...EVENTS, sha256: 'x' }, KEYS]],
    ['no list', EVENTS],
    ['nothing', undefined],
    ['null in it', [EVENTS, KEYS, null]],
  ])('that tells of %s among its files is damaged', async (_, files) => {
    await expect(read({ ...WHOLE, files })).rejects.toThrow("The backup's manifest.json is damaged.");
  });

  it.each([
    ['program', 1],
    ['createdAt', 'yesterday'],
    ['ledger', { timeZone: 'UTC' }],
    ['log', { events: -1, streams: 2, head: '9' }],
    ['log', { events: 3, streams: 2, head: 9 }],
    ['keys', { 'person-key': 'many' }],
    ['keys', []],
    ['format', '1'],
  ])('with a %s that is %j is damaged', async (name, value) => {
    await expect(read({ ...WHOLE, [name]: value })).rejects.toThrow("The backup's manifest.json is damaged.");
  });

  it('of another format is left to the program that knows it, whatever is in it', async () => {
    await expect(read({ format: 2, parts: [] })).rejects.toThrow('The backup has format 2');
  });
});
