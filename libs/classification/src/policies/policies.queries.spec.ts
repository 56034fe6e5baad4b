import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import { type OpenedReadStore, recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { LedgerSettings, Reader } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { classificationCapability } from '../classification.capability.js';
import type { Policy } from '../classification.events.js';
import {
  PoliciesHandler,
  PoliciesQuery,
  PolicyHandler,
  PolicyQuery,
  PolicyVersionHandler,
  PolicyVersionQuery,
} from './policies.queries.js';
import { PolicyCatalog } from './policy-catalog.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR' };
const reader: Reader = { actor: 'ana', role: 'analyst', now: '2026-06-30T12:00:00.000Z' };

const FIT_FIRST: Policy = {
  name: 'Fit first',
  windowMonths: 6,
  gates: [{ metric: 'revenue', op: '>', value: '0' }],
  criteria: [{ key: 'fit', metric: 'appraisal:fit', weight: 2, missing: 'exclude', scale: { type: 'judgement' } }],
  minCoverage: 0,
  selection: { top: 2, requireGates: true },
  tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
};
const FIT_OR_NOTHING: Policy = { ...FIT_FIRST, name: 'Fit or nothing', minCoverage: 1 };

function ofPolicy(policyId: string, type: string, data: object): StreamFact {
  return [`policy-${policyId}`, { type, data: { policyId, ...data }, occurredAt: '2026-06-01T10:00:00.000Z' }];
}

const FACTS: readonly StreamFact[] = [
  ofPolicy('fit', 'policy-drafted.v1', { version: 1, policy: FIT_FIRST, draftedBy: 'ana' }),
  ofPolicy('fit', 'policy-published.v1', { version: 1, effectiveFrom: '2026-02-01' }),
  ofPolicy('fit', 'policy-drafted.v1', { version: 2, policy: FIT_OR_NOTHING, draftedBy: 'ana' }),
];

let readStore: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store: readStore, close } = await newSqliteReadStore());
  await storeProjected(readStore, classificationCapability.projections(settings, []), recordedHistory(FACTS));
});

afterAll(() => close());

const catalog = () => new PolicyCatalog(readStore, settings);

test('all versions, with the one in force', async () => {
  const handler = new PoliciesHandler(catalog(), settings);
  const rows = async (asOf: string) =>
    (await (await handler.execute(new PoliciesQuery({ asOf }, reader))).page(undefined, 50)).items.map(
      ({ policyId, version, status, effectiveFrom, inForce }) => [policyId, version, status, effectiveFrom, inForce],
    );
  expect(await rows('2026-02-01')).toEqual([
    ['standard', 1, 'published', '0001-01-01', false],
    ['s3-thresholds', 1, 'published', null, false],
    ['fit', 1, 'published', '2026-02-01', true],
    ['fit', 2, 'draft', null, false],
  ]);
  expect((await rows('2026-01-31')).map(([policyId, , , , inForce]) => [policyId, inForce])).toEqual([
    ['standard', true],
    ['s3-thresholds', false],
    ['fit', false],
    ['fit', false],
  ]);
});

test('one policy', async () => {
  const handler = new PolicyHandler(catalog(), settings);
  expect(await handler.execute(new PolicyQuery({ policyId: 'fit' }, reader))).toMatchObject({
    policyId: 'fit',
    name: 'Fit or nothing',
    builtIn: false,
    newestPublished: 1,
    inForce: 1,
    versions: [
      { version: 1, name: 'Fit first', draftedBy: 'ana' },
      { version: 2, publishedAt: null },
    ],
  });
  await expect(handler.execute(new PolicyQuery({ policyId: 'nil' }, reader))).rejects.toMatchObject({ status: 404 });
});

test('one version, with all that it says', async () => {
  const handler = new PolicyVersionHandler(catalog(), settings);
  const answer = await handler.execute(new PolicyVersionQuery({ policyId: 'fit', version: 1 }, reader));
  expect(answer).toMatchObject({
    ...FIT_FIRST,
    policyId: 'fit',
    version: 1,
    status: 'published',
    effectiveFrom: '2026-02-01',
    inForce: true,
  });
  expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  const standard = await handler.execute(new PolicyVersionQuery({ policyId: 'standard', version: 1 }, reader));
  expect(standard).toMatchObject({ builtIn: true, effectiveFrom: '0001-01-01', draftedAt: null });
});
