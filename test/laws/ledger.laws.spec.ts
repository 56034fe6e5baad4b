import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectedModel, recordedHistory } from '#event-sourcing-testing';
import { eventTypes } from '#ledger';
import { LEDGER_FACTS } from './ledger-history.js';
import { history, ledgerLaws, projections, registry } from './ledger-laws.js';
import { reusedSqliteReadStore } from './reused-read-stores.js';

describe('The random histories', () => {
  it('know every type of the ledger', () => {
    expect(Object.keys(LEDGER_FACTS).sort()).toEqual([...eventTypes().types].sort());
  });

  it('are such that every read model comes to hold something, and stops at few streams', () => {
    const samples = fc
      .sample(history, { numRuns: 200, seed: 4711 })
      .map((facts) => recordedHistory(facts).map((event) => registry.upcast(event)));
    for (const projection of projections) {
      let [documents, streams, stops] = [0, 0, 0];
      for (const events of samples) {
        const taken = events.filter(({ type }) => projection.events.includes(type));
        const made = expectedModel(projection, events);
        documents += Object.keys(made.model).length;
        streams += new Set(taken.map(({ stream }) => stream)).size;
        stops += made.stops.length;
      }
      expect([projection.name, documents > 0, stops < streams / 2]).toEqual([projection.name, true, true]);
    }
  });
});

const sqlite = await reusedSqliteReadStore();
ledgerLaws('SQLite', sqlite);
afterAll(() => sqlite.close());
