import { afterAll, describe, expect, it } from '@jest/globals';
import { eventTypes } from '#ledger';
import { LEDGER_FACTS } from './ledger-history.js';
import { ledgerLaws } from './ledger-laws.js';
import { reusedSqliteReadStore } from './reused-read-stores.js';

describe('The random histories', () => {
  it('know every type of the ledger', () => {
    expect(Object.keys(LEDGER_FACTS).sort()).toEqual([...eventTypes().types].sort());
  });
});

const sqlite = await reusedSqliteReadStore();
ledgerLaws('SQLite', sqlite);
afterAll(() => sqlite.close());
