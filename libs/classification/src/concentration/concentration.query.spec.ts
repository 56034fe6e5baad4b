import { describe, expect, test } from '@jest/globals';
import { parseDate, ZonedCalendar } from '#calendar';
import {
  type AccountDirectory,
  type AccountEntry,
  compileCheck,
  type LedgerSettings,
  type MetricRequest,
  type MetricSource,
  type Reader,
} from '#platform';
import {
  ConcentrationHandler,
  type ConcentrationParameters,
  ConcentrationQuery,
  concentrationOfRevenue,
} from './concentration.query.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR' };
const reader: Reader = { actor: 'ana', role: 'analyst', now: '2026-06-30T12:00:00.000Z' };

const day = (date: string): number => parseDate(date) ?? Number.NaN;

function entry(accountId: string, groupId: string | null): AccountEntry {
  return { accountId, name: accountId, region: null, industry: null, groupId, owner: null, firstFactDay: 0 };
}

const ACCOUNTS = [entry('acme', 'group'), entry('bolt', 'group'), entry('cask', null), entry('dune', null)];
const directory: AccountDirectory = {
  all: async () => ACCOUNTS,
  get: async (accountId) => ACCOUNTS.find((each) => each.accountId === accountId),
  ofMember: async () => new Set(),
};

const MICROS = { acme: 100_000_000n, bolt: 60_500_000n, cask: 40_000_000n };
const requests: MetricRequest[] = [];
const revenue: MetricSource = {
  ids: ['orderCount', 'revenue'],
  absent: () => ({ revenue: 0n }),
  load: async (request) => {
    requests.push(request);
    return new Map(Object.entries(MICROS).map(([id, micros]) => [id, { revenue: micros }]));
  },
};

describe('/concentration', () => {
  async function asked(parameters: ConcentrationParameters, as: Reader = reader) {
    return new ConcentrationHandler(directory, [revenue], settings).execute(new ConcentrationQuery(parameters, as));
  }

  test('groups of the day, with exact sums', async () => {
    expect(await asked({ asOf: '2026-06-30' })).toEqual({
      groups: [
        { groupId: 'group', corporate: true, accounts: 2, revenue: '160.5', share: 160.5 / 200.5, overDependent: true },
        { groupId: 'cask', corporate: false, accounts: 1, revenue: '40', share: 40 / 200.5, overDependent: true },
      ],
      hhi: expect.closeTo(((160.5 / 200.5) ** 2 + (40 / 200.5) ** 2) * 10_000, 8),
      band: 'high',
      top: [{ n: 1, share: 160.5 / 200.5 }, ...[3, 5, 10, 20].map((n) => ({ n, share: 1 }))],
      windowMonths: 12,
      currency: 'EUR',
      asOf: '2026-06-30',
    });
  });

  test('windows', async () => {
    requests.length = 0;
    await asked({});
    await asked({ windowMonths: 'all' });
    await asked({ windowMonths: '24' });
    expect(requests).toEqual(
      [12, null, 24].map((windowMonths) => ({ asOf: day('2026-06-30'), windowMonths, ids: ['revenue'] })),
    );
    for (const windowMonths of ['0', '-1', '1.5', 'none']) {
      await expect(asked({ windowMonths })).rejects.toMatchObject({ status: 400 });
    }
    expect(compileCheck(concentrationOfRevenue.parameters)({ asOf: '2026-06-30', windowMonths: 'all' })).toBe(true);
  });

  test('a reader of some accounts is answered as if there were no others', async () => {
    const { groups } = await asked({}, { ...reader, accounts: new Set(['bolt']) });
    expect(groups).toEqual([
      { groupId: 'group', corporate: true, accounts: 1, revenue: '60.5', share: 1, overDependent: true },
    ]);
  });
});
