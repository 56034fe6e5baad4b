import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import {
  type OpenedReadStore,
  projected,
  recordedHistory,
  type StreamFact,
  storeProjected,
} from '#event-sourcing-testing';
import {
  type AccountDirectory,
  type AccountEntry,
  type LedgerSettings,
  PortraitRegistry,
  Problem,
  type Reader,
} from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { AGREEMENT_LAPSED, AGREEMENT_SIGNED, type AgreementSignedData, PLAN_ADOPTED } from './agreements.events.js';
import { AgreementsModule } from './agreements.module.js';
import { AgreementsHandler, AgreementsQuery, PlansHandler, PlansQuery } from './agreements.queries.js';
import {
  ExpiringAgreementsHandler,
  type ExpiringAgreementsParameters,
  ExpiringAgreementsQuery,
} from './expiring-agreements.queries.js';
import { agreementsProjection } from './projections/agreements.projection.js';
import { jointPlansProjection } from './projections/joint-plans.projection.js';

/** Shanghai is eight hours ahead: 16:00 UTC is midnight there. */
const settings: LedgerSettings = { calendar: new ZonedCalendar('Asia/Shanghai'), baseCurrency: 'CNY' };
const READER: Reader = { actor: 'an', role: 'analyst', now: '2026-06-15T04:00:00.000Z' };
const DISCOUNT = [{ kind: 'discount', value: 0.05 }] as const;

function signed(account: string, agreementId: string, at: string, start: string, end: string): StreamFact {
  const data: AgreementSignedData = { agreementId, start, end, terms: DISCOUNT };
  return [`account-${account}`, { type: AGREEMENT_SIGNED, data, occurredAt: at }];
}

const lapsed = (account: string, agreementId: string, at: string, reason?: string): StreamFact => [
  `account-${account}`,
  { type: AGREEMENT_LAPSED, data: { agreementId, ...(reason !== undefined && { reason }) }, occurredAt: at },
];

const adopted = (account: string, planId: string, at: string): StreamFact => [
  `account-${account}`,
  { type: PLAN_ADOPTED, data: { planId, objectives: [{ text: planId }] }, occurredAt: at },
];

const HISTORY = recordedHistory([
  signed('acme', 'old', '2025-01-10T01:00:00.000Z', '2025-01-01', '2025-12-31'),
  signed('acme', 'frame', '2025-12-20T01:00:00.000Z', '2026-01-01', '2026-06-30'),
  // Signed at midnight of 1 March in Shanghai, lapsed one second before midnight of 1 May.
  signed('acme', 'rate', '2026-02-28T16:00:00.000Z', '2026-02-01', '2026-12-31'),
  lapsed('acme', 'rate', '2026-04-30T15:59:59.000Z', 'unused'),
  signed('bolt', 'frame', '2026-01-05T01:00:00.000Z', '2026-01-01', '2026-09-13'),
  signed('core', 'frame', '2026-01-05T01:00:00.000Z', '2026-01-01', '2026-09-14'),
  signed('dune', 'frame', '2026-01-05T01:00:00.000Z', '2026-01-01', '2026-06-15'),
  adopted('acme', 'first', '2025-03-01T01:00:00.000Z'),
  adopted('acme', 'second', '2026-03-01T01:00:00.000Z'),
]);

const entry = (accountId: string, owner: string | null): AccountEntry => ({
  accountId,
  name: accountId.toUpperCase(),
  region: null,
  industry: null,
  groupId: null,
  owner,
  firstFactDay: parseDate('2025-01-01') ?? 0,
});
const ENTRIES = [entry('acme', 'li'), entry('bolt', 'wu'), entry('core', 'wu'), entry('dune', null)];

const accounts: AccountDirectory = {
  all: async (asOf) => ENTRIES.filter(({ firstFactDay }) => firstFactDay <= asOf),
  get: async (id, asOf) => ENTRIES.find(({ accountId, firstFactDay }) => accountId === id && firstFactDay <= asOf),
  ofMember: async () => new Set(),
};

let store: ReadStore;
let close: OpenedReadStore['close'];

beforeAll(async () => {
  ({ store, close } = await newSqliteReadStore());
  await storeProjected(store, [agreementsProjection, jointPlansProjection], HISTORY);
});

afterAll(() => close());

describe('the read model', () => {
  it('keeps an agreement with its end', () => {
    const document = projected(agreementsProjection, HISTORY).find(({ key }) => key[1] === 'rate');
    expect(document).toEqual({
      key: ['acme', 'rate'],
      position: 40n,
      document: {
        accountId: 'acme',
        agreementId: 'rate',
        signedAt: '2026-02-28T16:00:00.000Z',
        start: '2026-02-01',
        end: '2026-12-31',
        lapsedAt: '2026-04-30T15:59:59.000Z',
        lapseReason: 'unused',
        terms: DISCOUNT,
      },
    });
  });

  it('keeps a plan', () => {
    expect(projected(jointPlansProjection, HISTORY)[0]).toEqual({
      key: ['acme', 'first'],
      position: 80n,
      document: {
        accountId: 'acme',
        planId: 'first',
        adoptedAt: '2025-03-01T01:00:00.000Z',
        objectives: [{ text: 'first' }],
      },
    });
  });

  it('takes no lapse of an agreement that was not signed', () => {
    const history = recordedHistory([lapsed('acme', 'none', '2026-01-01T00:00:00.000Z')]);
    expect(() => projected(agreementsProjection, history)).toThrow('not signed');
  });
});

describe('the agreements of an account', () => {
  async function agreements(parameters: { asOf?: string; inForce?: boolean }, accountId = 'acme') {
    const handler = new AgreementsHandler(store, settings, accounts);
    const query = new AgreementsQuery(Object.assign({ accountId }, parameters), READER);
    const answer = await handler.execute(query);
    return { asOf: answer.asOf, items: (await answer.page(undefined, 50)).items };
  }

  const inForce = async (asOf: string) =>
    (await agreements({ asOf, inForce: true })).items.map(({ agreementId }) => agreementId);

  it('are those signed by today, newest first', async () => {
    const { asOf, items } = await agreements({});
    expect(asOf).toBe('2026-06-15');
    expect(items.map(({ agreementId, inForce }) => [agreementId, inForce])).toEqual([
      ['rate', false],
      ['frame', true],
      ['old', false],
    ]);
    expect(items[0]).toMatchObject({ lapsedAt: '2026-04-30T15:59:59.000Z', lapseReason: 'unused', terms: DISCOUNT });
  });

  it('are told as of the end of a day in the ledger’s zone', async () => {
    expect(await inForce('2026-02-28')).toEqual(['frame']);
    expect(await inForce('2026-03-01')).toEqual(['rate', 'frame']);
    expect(await inForce('2026-04-29')).toEqual(['rate', 'frame']);
    expect(await inForce('2026-04-30')).toEqual(['frame']);
    expect(await inForce('2026-07-01')).toEqual([]);
    expect(await inForce('2025-12-31')).toEqual(['old']);
  });

  it('do not know of a lapse that is yet to come', async () => {
    const { items } = await agreements({ asOf: '2026-04-29' });
    expect(items[0]).toMatchObject({ agreementId: 'rate', inForce: true, lapsedAt: null, lapseReason: null });
  });

  it('can be those that are not in force', async () => {
    const { items } = await agreements({ inForce: false });
    expect(items.map(({ agreementId }) => agreementId)).toEqual(['rate', 'old']);
  });

  it('are none before the account was known, and a problem when there is no such account', async () => {
    expect((await agreements({ asOf: '2024-06-01' })).items).toEqual([]);
    await expect(agreements({}, 'nobody')).rejects.toMatchObject({ status: 404, code: 'account-not-found' });
  });
});

describe('the plans of an account', () => {
  it('are those adopted by the day, newest first', async () => {
    const handler = new PlansHandler(store, settings, accounts);
    const plans = async (parameters: { asOf?: string }) => {
      const answer = await handler.execute(new PlansQuery(Object.assign({ accountId: 'acme' }, parameters), READER));
      return (await answer.page(undefined, 50)).items;
    };
    expect((await plans({})).map(({ planId }) => planId)).toEqual(['second', 'first']);
    expect(await plans({ asOf: '2026-02-28' })).toEqual([
      {
        accountId: 'acme',
        planId: 'first',
        adoptedAt: '2025-03-01T01:00:00.000Z',
        objectives: [{ text: 'first' }],
      },
    ]);
  });
});

describe('agreements that end soon', () => {
  async function expiring(parameters: ExpiringAgreementsParameters = {}, reader: Partial<Reader> = {}) {
    const handler = new ExpiringAgreementsHandler(store, settings, accounts);
    const answer = await handler.execute(new ExpiringAgreementsQuery(parameters, { ...READER, ...reader }));
    return (await answer.page(undefined, 50)).items.map(({ accountId, agreementId, daysLeft }) => [
      accountId,
      agreementId,
      daysLeft,
    ]);
  }

  // 13 September is the 90th day after 15 June; core's ends a day later, acme's rate had lapsed.
  it('are those in force that end within 90 days, the soonest first', async () => {
    expect(await expiring()).toEqual([
      ['dune', 'frame', 0],
      ['acme', 'frame', 15],
      ['bolt', 'frame', 90],
    ]);
  });

  it('can be asked as of another day, until another day, and by owner', async () => {
    expect(await expiring({ until: '2026-09-14', owner: 'wu' })).toEqual([
      ['bolt', 'frame', 90],
      ['core', 'frame', 91],
    ]);
    expect(await expiring({ asOf: '2026-06-16', until: '2026-07-31' })).toEqual([['acme', 'frame', 14]]);
    expect(await expiring({ asOf: '2025-12-01' })).toEqual([['acme', 'old', 30]]);
    // On 29 April the lapse of the 30th was not known yet.
    expect(await expiring({ asOf: '2026-04-29', until: '2026-12-31', owner: 'li' })).toEqual([
      ['acme', 'frame', 62],
      ['acme', 'rate', 246],
    ]);
  });

  it('leave out what the reader may not see', async () => {
    expect(await expiring({}, { accounts: new Set(['bolt']) })).toEqual([['bolt', 'frame', 90]]);
  });

  it('carry the names and owners of the accounts', async () => {
    const handler = new ExpiringAgreementsHandler(store, settings, accounts);
    const answer = await handler.execute(new ExpiringAgreementsQuery({ until: '2026-06-30' }, READER));
    expect((await answer.page(undefined, 50)).items).toEqual([
      expect.objectContaining({ accountId: 'dune', name: 'DUNE', owner: null, start: '2026-01-01', end: '2026-06-15' }),
      expect.objectContaining({ accountId: 'acme', name: 'ACME', owner: 'li', terms: DISCOUNT }),
    ]);
    expect(answer).toMatchObject({ asOf: '2026-06-15', beside: { until: '2026-06-30' } });
  });

  it('refuse to look back', async () => {
    await expect(expiring({ until: '2026-06-14' })).rejects.toThrow(Problem);
  });
});

describe('the portrait', () => {
  it('shows what is in force and the plans', async () => {
    const registry = new PortraitRegistry();
    new AgreementsModule(registry, store, settings);
    const part = await registry.parts[0]?.load('acme', parseDate('2026-06-15') ?? 0, {});
    expect(part).toMatchObject({
      inForce: [{ agreementId: 'frame', start: '2026-01-01', end: '2026-06-30', terms: DISCOUNT }],
      plans: [{ planId: 'second' }, { planId: 'first' }],
    });
  });
});
