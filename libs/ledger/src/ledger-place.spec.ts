import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isInFolderOf, isSamePlace, ledgerPlace } from './ledger-place.js';

const ESDB = 'esdb://ann:secret@host:2113?tls=false';
const MONGO = 'mongodb://bob:secret@host/books?replicaSet=r';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'place ä '));
  symlinkSync(folder, `${folder} linked`);
});
afterAll(() => {
  rmSync(`${folder} linked`);
  rmSync(folder, { recursive: true });
});

const at = (...words: string[]) => ledgerPlace(words, {});

describe('The place of a ledger', () => {
  it('is a folder, servers, one server with a folder, or that of the environment', () => {
    const environment = {
      EVENTSTOREDB_URL: 'esdb://other',
      KEYLEDGER_DATA_DIR: '/elsewhere',
      KEYLEDGER_STREAM_PREFIX: 'p-',
    };
    const { config } = ledgerPlace([folder], environment);
    expect(config).toMatchObject({ dataDir: folder, streamPrefix: 'p-' });
    expect(config.eventStoreDbUrl).toBeUndefined();
    expect(ledgerPlace([MONGO, ESDB], environment).config).toMatchObject({ eventStoreDbUrl: ESDB, mongoDbUrl: MONGO });
    expect(ledgerPlace([ESDB, folder], {}, 'q-').config).toMatchObject({ dataDir: folder, streamPrefix: 'q-' });
    expect(ledgerPlace(['env'], environment).config).toMatchObject({
      eventStoreDbUrl: 'esdb://other',
      dataDir: '/elsewhere',
    });
  });

  it('is not named by an empty text, as of a variable that is not set', () => {
    expect(() => at('')).toThrow('The name of a place is empty.');
    expect(() => at(MONGO, ' ')).toThrow('The name of a place is empty.');
  });

  it('has others’ folders in its own, by a link too, and where they are not made yet', () => {
    const place = at(folder);
    for (const inside of [join(folder, 'a', 'b'), join(`${folder} linked`, 'a'), join(folder, '..a')]) {
      expect([inside, isInFolderOf(place, inside)]).toEqual([inside, true]);
    }
    for (const outside of [folder, `${folder} linked`, join(folder, '..'), `${folder}-2`]) {
      expect([outside, isInFolderOf(place, outside)]).toEqual([outside, false]);
    }
    expect(isInFolderOf(at(ESDB, folder), join(folder, 'a'))).toBe(true);
    const servers = ledgerPlace([ESDB, MONGO], { KEYLEDGER_DATA_DIR: folder });
    expect(isInFolderOf(servers, join(folder, 'a'))).toBe(false);
  });

  it('is shown without passwords', () => {
    expect(at(ESDB, MONGO).shown).toBe('esdb://host:2113 (streams keyledger-…) and mongodb://host/books');
    expect(at('esdb+discover://a:1,b:2', folder).shown).toBe(
      `esdb+discover://a:1,b:2 (streams keyledger-…) and ${folder}`,
    );
  });

  it.each<[string[], string[], boolean]>([
    [[ESDB, MONGO], [ESDB, MONGO], true],
    [[ESDB, MONGO], ['esdb://other', MONGO], true],
    [[ESDB, MONGO], [ESDB, 'mongodb://other'], true],
    [[ESDB, MONGO], ['esdb://other', 'mongodb://other'], false],
    [['data', ESDB], ['data', 'mongodb://other'], false],
    [['data'], ['./data/../data'], true],
    [['data'], ['data2'], false],
  ])('%j and %j share a store: %s', (one, other, same) => {
    expect(isSamePlace(at(...one), at(...other))).toBe(same);
    expect(isSamePlace(at(...other), at(...one))).toBe(same);
  });

  it('is the same by another path, and another with another prefix', () => {
    expect(isSamePlace(at(folder), at(`${folder} linked`))).toBe(true);
    const prefixed = (prefix: string, database: string) =>
      ledgerPlace([ESDB, `mongodb://host/${database}`], {}, prefix);
    expect(isSamePlace(prefixed('a-', 'a'), prefixed('b-', 'b'))).toBe(false);
    expect(isSamePlace(prefixed('a-', 'a'), prefixed('a-', 'b'))).toBe(true);
  });
});
