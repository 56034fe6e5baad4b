import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, type BackendKind, describeOnBackends } from './backends.js';
import { type ImportedFile, importFile, sampleMap } from './import-file.js';
import { type Answer, type ApiClient, LedgerProcess } from './ledger-process.js';
import { Fraction, sum } from './reference/fraction.js';
import { customersByNet, type Invoice, invoicesOf } from './reference/invoices.js';
import { describeWithSharedData, SHARED_DATA, sharedText } from './shared-data.js';
import { type Items, pagedList, streamedList } from './whole-list.js';

/** On servers, on a busy machine; else a minute and a half. */
const SLOW = 600_000;
const ORDER_LINES = ['online-retail', 'online_retail_2010-12_2011-12.csv.gz'] as const;
const AS_OF = '2011-12-09';
const RANKING = `/v1/key-accounts?policy=net&asOf=${AS_OF}`;

interface TopCustomer {
  readonly rank: number;
  readonly customerId: string;
  readonly net: number;
  readonly invoices: number;
  readonly creditNotes: number;
}

/** Results computed by others; numbers of at most nine digits after the point, so that a double shows them as they are. */
interface ExpectedResults {
  readonly customers_with_any_line: number;
  readonly customers_net_le_0: number;
  readonly invoices: number;
  readonly credit_notes: number;
  readonly net_revenue: number;
  readonly positive_net_revenue: number;
  readonly hhi_0_1_positive_customers: number;
  readonly hhi_10000: number;
  readonly top10_sum: number;
  readonly top10_share_of_net: number;
  readonly top10_share_of_positive: number;
  readonly top20_share_of_net: number;
  readonly top20: readonly TopCustomer[];
  readonly monthly: Readonly<
    Record<string, { readonly net: number; readonly invoices: number; readonly creditNotes: number }>
  >;
}

/** A real wholesaler's order book: what comes out is compared with what two other engines made of it. */
function onlineRetail(kind: BackendKind): void {
  let backend: Backend;
  let ledger: LedgerProcess | undefined;
  let client: ApiClient;
  let expected: ExpectedResults;
  let invoices: Invoice[];
  let first: ImportedFile;
  let published: Answer;
  const importOrders = () =>
    importFile(backend.environment, join(SHARED_DATA, ...ORDER_LINES), 'orders', sampleMap('online-retail'));
  const startLedger = async () => {
    const started = await LedgerProcess.start(backend.environment);
    ledger = started;
    client = started.client();
  };

  beforeAll(async () => {
    expected = JSON.parse(sharedText('expected', `online_retail_${AS_OF}.json`))[AS_OF];
    invoices = invoicesOf(sharedText('online-retail', 'online_retail_invoices.csv.gz'));
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'GBP', KEYLEDGER_TIME_ZONE: 'UTC' }, { forMinutes: true });
    first = await importOrders();
    await startLedger();
    published = await client.must('POST', '/v1/policies', {
      policyId: 'net',
      name: 'Net revenue',
      windowMonths: null,
      criteria: [{ key: 'revenue', metric: 'revenue', weight: 1, scale: { type: 'quantile', bins: 10 } }],
      selection: { top: 20 },
      tiers: [{ tier: 'key', selected: true }, { tier: 'regular' }],
      effectiveFrom: '2010-01-01',
    });
  }, SLOW);
  afterAll(async () => {
    await ledger?.stop();
    await backend?.close();
  }, SLOW);

  it('takes every document', () => {
    expect(first).toMatchObject({
      rows: 541_909,
      documents: { accepted: 22_190, skipped: 0, rejected: 0 },
      errors: [],
    });
    expect(expected.invoices + expected.credit_notes).toBe(22_190);
  });

  it(
    'ranks all accounts by net revenue, the top 20 to the digit',
    async () => {
      const ranking = await pagedList(client, RANKING, published);
      expect(ranking).toHaveLength(expected.customers_with_any_line);
      const total = sum(ranking.map(({ metrics }) => Fraction.parse(metrics.revenue)));
      expect(total.toDecimal()).toBe('8300065.814');
      expect(total.toDecimal()).toBe(String(expected.net_revenue));
      expect(ranking.slice(0, 20).map(({ rank, accountId, metrics }) => [rank, accountId, metrics.revenue])).toEqual(
        expected.top20.map(({ rank, customerId, net }) => [rank, customerId, String(net)]),
      );
      expect(ranking.slice(0, 20).map(({ metrics }) => metrics.orderCount)).toEqual(
        expected.top20.map((customer) => customer.invoices),
      );
      expect(ranking.filter(({ tier }) => tier === 'key')).toEqual(ranking.slice(0, 20));
      expect(await streamedList(client, RANKING, published)).toEqual(ranking);
    },
    SLOW,
  );

  it.each([AS_OF, '2011-06-30', '2010-12-01'])(
    'ranks every account of the roll-up of invoices as of %s',
    async (asOf) => {
      const ranking = await streamedList(client, `/v1/key-accounts?policy=net&asOf=${asOf}`, published);
      expect(ranking.map(rowOfRanking)).toEqual(
        customersByNet(invoices, asOf).map(({ customerId, net, orders, lastOrder }, index) => [
          index + 1,
          customerId,
          net.toDecimal(),
          orders,
          lastOrder === null ? null : (Date.parse(asOf) - Date.parse(lastOrder)) / 86_400_000,
        ]),
      );
    },
    SLOW,
  );

  it('tells revenue, orders and credit notes of every month', async () => {
    const { items, total, currency } = await client.ask('/v1/revenue?interval=month', published);
    expect(items).toEqual(
      Object.entries(expected.monthly).map(([period, month]) => ({
        period,
        revenue: String(month.net),
        // The order book tells no costs.
        grossProfit: null,
        orders: month.invoices,
        creditNotes: month.creditNotes,
      })),
    );
    expect([total, currency]).toEqual([String(expected.net_revenue), 'GBP']);
    expect(sumOf(items, 'orders')).toBe(18_536);
    expect(sumOf(items, 'creditNotes')).toBe(3_654);
  });

  it('tells the same of the top 20 one by one', async () => {
    for (const customer of expected.top20) {
      const { items, total } = await client.ask(`/v1/revenue?accountId=${customer.customerId}`, published);
      expect([total, sumOf(items, 'orders'), sumOf(items, 'creditNotes')]).toEqual([
        String(customer.net),
        customer.invoices,
        customer.creditNotes,
      ]);
    }
  });

  it('tells how concentrated revenue is', async () => {
    const answer = await client.ask(`/v1/concentration?windowMonths=all&asOf=${AS_OF}`, published);
    const { groups, hhi, band, top } = answer;
    expect(groups).toHaveLength(expected.customers_with_any_line - expected.customers_net_le_0);
    expect(hhi).toBeCloseTo(expected.hhi_10000, 4);
    expect(hhi / 10_000).toBeCloseTo(expected.hhi_0_1_positive_customers, 9);
    expect(band).toBe('unconcentrated');
    const shares = new Map(top.map(({ n, share }: { n: number; share: number }) => [n, share]));
    expect(shares.get(10)).toBeCloseTo(expected.top10_share_of_positive, 9);
    const netToPositive = expected.net_revenue / expected.positive_net_revenue;
    expect(shares.get(10)).toBeCloseTo(expected.top10_share_of_net * netToPositive, 9);
    expect(shares.get(20)).toBeCloseTo(expected.top20_share_of_net * netToPositive, 9);
    const revenues: Fraction[] = groups.map(({ revenue }: { revenue: string }) => Fraction.parse(revenue));
    expect(sum(revenues).toDecimal()).toBe(String(expected.positive_net_revenue));
    expect(sum(revenues.slice(0, 10)).toDecimal()).toBe(String(expected.top10_sum));
    expect(groups.slice(0, 20).map(({ groupId }: { groupId: string }) => groupId)).toEqual(
      expected.top20.map(({ customerId }) => customerId),
    );
  });

  it(
    'changes nothing when the file is imported again, and exports the same bytes after a restart',
    async () => {
      const before = await exports(client, published);
      expect(await ledger?.stop()).toBe(0);
      expect(await importOrders()).toEqual({
        ...first,
        documents: { accepted: 0, skipped: 22_190, rejected: 0 },
      });
      await startLedger();
      expect(await exports(client, published)).toEqual(before);
      // A position is that of the newest event of the log, and the newest is still the publication of the policy.
      const { body } = await client.get(`${RANKING}&limit=1`);
      expect(body.position).toBe(published.body.position);
    },
    SLOW,
  );
}

function rowOfRanking({ rank, accountId, metrics }: Items[number]): unknown[] {
  return [rank, accountId, metrics.revenue, metrics.orderCount, metrics.recencyDays];
}

function sumOf(items: Items, member: string): number {
  return items.reduce((total, item) => total + item[member], 0);
}

/** The ranking as it is exported, in each format. */
async function exports(client: ApiClient, after: Answer): Promise<unknown[]> {
  const types = ['text/csv', 'application/x-ndjson'];
  return Promise.all(types.map((accept) => client.ask(RANKING, after, { accept })));
}

describeWithSharedData('Online Retail', () => describeOnBackends('Online Retail', onlineRetail));
