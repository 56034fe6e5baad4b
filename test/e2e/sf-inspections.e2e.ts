import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, embedded } from './backends.js';
import { type ImportedFile, importFile, sampleMap } from './import-file.js';
import { type ApiClient, LedgerProcess } from './ledger-process.js';
import { csvRows } from './reference/csv.js';
import { daysBetween, type Inspection, inspectionsOf, lastDays, monthsLater } from './reference/visits-due.js';
import { describeWithSharedData, SHARED_DATA, sharedText } from './shared-data.js';
import { pagedList, streamedList } from './whole-list.js';

const SLOW = 240_000;
const ZONE = 'America/Los_Angeles';
const AS_OF = '2018-02-16';
/** Beyond every due day. */
const FAR = '2100-01-01';
const CLIENTS = 16;

/** Restaurant inspections of San Francisco as visits, in the zone of the place. */
function sfInspections(): void {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;
  let client: ApiClient;
  let businesses: ReadonlyMap<string, string>;
  let inspections: Inspection[];
  let imported: ImportedFile;
  let position: string;

  beforeAll(async () => {
    backend = await embedded.open({ KEYLEDGER_TIME_ZONE: ZONE });
    businesses = new Map(
      csvRows(sharedText('sf-inspections', 'businesses.csv')).map(({ business_id = '', name = '' }) => [
        business_id,
        name,
      ]),
    );
    inspections = inspectionsOf(sharedText('sf-inspections', 'inspections.csv'));
    const file = (name: string) => join(SHARED_DATA, 'sf-inspections', name);
    await importFile(backend.environment, file('businesses.csv'), 'accounts', sampleMap('sf-businesses'));
    imported = await importFile(backend.environment, file('inspections.csv'), 'visits', sampleMap('sf-inspections'));
    ledger = await LedgerProcess.start(backend.environment);
    client = ledger.client();
    position = await setCadences([...businesses.keys()]);
  }, SLOW);
  afterAll(async () => {
    await ledger?.stop();
    await backend?.close();
  }, SLOW);

  /** @returns the greatest position */
  async function setCadences(accountIds: string[]): Promise<string> {
    let last = 0n;
    const setSome = async () => {
      for (let id = accountIds.pop(); id !== undefined; id = accountIds.pop()) {
        const cadence = { every: 'P6M', at: '2013-01-01T00:00:00Z' };
        const { body } = await client.must('PUT', `/v1/accounts/${id}/cadence`, cadence);
        if (BigInt(body.position) > last) last = BigInt(body.position);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, setSome));
    return String(last);
  }

  /** What `/visits/due` must list, worked out from the files. */
  function expectedList(asOf: string) {
    return [...lastDays(inspections, asOf)]
      .map(([accountId, lastDay]) => {
        const dueOn = monthsLater(lastDay, 6);
        const daysOverdue = Math.max(0, daysBetween(dueOn, asOf));
        return {
          accountId,
          name: businesses.get(accountId),
          owner: null,
          lastVisitOn: lastDay,
          dueOn,
          overdueOn: new Date(Date.parse(dueOn) + 86_400_000).toISOString().slice(0, 10),
          overdue: daysOverdue > 0,
          daysOverdue,
        };
      })
      .sort((a, b) => (a.dueOn === b.dueOn ? (a.accountId < b.accountId ? -1 : 1) : a.dueOn < b.dueOn ? -1 : 1));
  }

  const paths = (asOf: string, until: string) => `/v1/visits/due?asOf=${asOf}&until=${until}`;

  it('takes every inspection, the duplicate too', () => {
    expect(businesses.size).toBe(6_399);
    expect(imported).toMatchObject({
      rows: 14_233,
      documents: { accepted: 14_233, skipped: 0, rejected: 0 },
      errors: [],
    });
  });

  it.each([AS_OF, '2016-08-31', '2016-02-29'])(
    'tells last visit and due day of every account as of %s',
    async (asOf) => {
      const listed = await pagedList(client, paths(asOf, FAR), position);
      const inZone = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'medium' });
      const expected = expectedList(asOf);
      expect(
        listed.map(({ lastVisitAt, ...item }) => ({ ...item, lastVisitAt: inZone.format(new Date(lastVisitAt)) })),
      ).toEqual(expected.map(({ lastVisitOn, ...item }) => ({ ...item, lastVisitAt: `${lastVisitOn} 00:00:00` })));
      expect(await streamedList(client, paths(asOf, FAR), position)).toEqual(listed);
    },
    SLOW,
  );

  it('tells 2,534 due before that day and 14 on it, and none for businesses never visited', async () => {
    const due = await streamedList(client, paths(AS_OF, AS_OF), position);
    const before = due.filter(({ dueOn }) => dueOn < AS_OF);
    expect(before).toHaveLength(2_534);
    expect(due.filter(({ dueOn }) => dueOn === AS_OF)).toHaveLength(14);
    expect(due).toHaveLength(2_548);
    expect(await streamedList(client, `${paths(AS_OF, FAR)}&overdue=true`, position)).toEqual(before);
    const visited = new Set(inspections.map(({ businessId }) => businessId));
    expect([...businesses.keys()].filter((id) => !visited.has(id))).toHaveLength(641);
    expect(await streamedList(client, paths('2018-12-31', FAR), position)).toHaveLength(6_399 - 641);
  });

  it('counts a business never visited from the start of its cadence', async () => {
    const visited = new Set(inspections.map(({ businessId }) => businessId));
    const never = [...businesses.keys()].find((id) => !visited.has(id));
    const cadence = { every: 'P6M', start: '2017-08-31', graceDays: 3, at: '2017-08-31T12:00:00Z' };
    const set = await client.must('PUT', `/v1/accounts/${never}/cadence`, cadence);
    const list = await streamedList(client, paths('2018-03-04', '2018-02-28'), set);
    expect(list.find(({ accountId }) => accountId === never)).toMatchObject({
      lastVisitAt: null,
      dueOn: '2018-02-28',
      overdueOn: '2018-03-04',
      overdue: true,
      daysOverdue: 1,
    });
  });
}

describeWithSharedData('San Francisco inspections', sfInspections);
