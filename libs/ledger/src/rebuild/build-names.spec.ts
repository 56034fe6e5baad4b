import { expect, it } from '@jest/globals';
import { buildOf } from '#event-sourcing';
import { readConfig } from '#platform';
import { eventTypes, projectionsOf, settingsOf } from '../ledger.js';

it('leaves room for the number of a build in the name of every read model', () => {
  const projections = projectionsOf(settingsOf(readConfig({})), eventTypes());
  expect(projections.length).toBeGreaterThan(20);
  for (const projection of projections) expect(buildOf(projection, 9_999).build).toBe(9_999);
});
