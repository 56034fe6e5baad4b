import { describe, expect, it } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import { lawRuns, projectionLaws } from '#event-sourcing-testing';
import { CAPABILITY_LIST, eventTypes } from '#ledger';
import { LEDGER_FACTS, ledgerHistory } from './ledger-history.js';
import { newSqliteReadStore } from './sqlite-read-stores.js';

/** Fewer than for the machinery itself: what is tried here is each fold. */
const RUNS = Math.ceil(lawRuns() / 4);

const registry = eventTypes();
const types = [...registry.types];
const settings = { calendar: new ZonedCalendar('Europe/Berlin'), baseCurrency: 'EUR' };

describe('The random histories', () => {
  it('know every type of the ledger', () => {
    expect(Object.keys(LEDGER_FACTS).sort()).toEqual(types.toSorted());
  });
});

for (const { name, projections } of CAPABILITY_LIST) {
  const own = projections(settings, types);
  if (own.length === 0) continue;
  const taken = [...new Set(own.flatMap(({ events }) => events))];
  projectionLaws(`The projections of ${name}`, own, ledgerHistory(taken), newSqliteReadStore, { registry, runs: RUNS });
}
