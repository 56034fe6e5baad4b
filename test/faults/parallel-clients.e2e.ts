import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Backend, describeOnBackends } from '#test/e2e/backends';
import { type Answer, LedgerProcess } from '#test/e2e/ledger-process';

const SLOW = 180_000;
const CLIENTS = 64;
const ACCOUNTS = 10;
const ORDERS_A_CLIENT = 20;

interface Sent {
  readonly account: string;
  readonly orderId: string;
  readonly answers: readonly Answer[];
}

/**
 * 64 clients place orders on ten accounts, every second request twice with the same key, over one process and over two.
 * A command that was answered with 2xx is in the log once, and none failed with a conflict.
 */
describeOnBackends('64 clients on ten accounts', (kind) => {
  let backend: Backend;
  let ledgers: LedgerProcess[];
  let sent: Sent[] = [];

  beforeAll(async () => {
    backend = await kind.open({ KEYLEDGER_BASE_CURRENCY: 'EUR' });
    ledgers = [await LedgerProcess.start(backend.environment)];
    const admin = ledgers[0]!.client();
    for (let n = 0; n < ACCOUNTS; n++) {
      await admin.must('POST', '/v1/accounts', { accountId: `hot-${n}`, name: `Hot ${n}`, at: '2025-01-01T00:00:00Z' });
    }
  }, SLOW);
  afterAll(async () => {
    await Promise.all(ledgers.map((ledger) => ledger.stop()));
    await backend.close();
  }, SLOW);

  async function placeOrders(round: string): Promise<Sent[]> {
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      const placed: Sent[] = [];
      for (let n = 0; n < ORDERS_A_CLIENT; n++) {
        const account = `hot-${(client + n) % ACCOUNTS}`;
        const key = `${round}-${client}-${n}`;
        const body = {
          placedAt: '2025-06-01T00:00:00Z',
          currency: 'EUR',
          lines: [{ sku: key, quantity: 1, unitPrice: '1' }],
        };
        const send = (offset: number) =>
          ledgers[(client + offset) % ledgers.length]!.client().post(`/v1/accounts/${account}/orders`, body, {
            'idempotency-key': key,
          });
        const answers = await Promise.all(n % 2 === 0 ? [send(0)] : [send(0), send(1)]);
        placed.push({ account, orderId: answers[0]?.body?.orderId, answers });
      }
      return placed;
    });
    return (await Promise.all(clients)).flat();
  }

  /** How often each order stands in the log. */
  async function placedOrders(): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (let n = 0; n < ACCOUNTS; n++) {
      const { text } = await ledgers[0]!
        .client()
        .get(`/v1/accounts/hot-${n}/events?types=order-placed.v1`, { accept: 'application/x-ndjson' });
      for (const line of text
        .trim()
        .split('\n')
        .filter((each) => each !== '')) {
        const { data } = JSON.parse(line);
        counts.set(data.orderId, (counts.get(data.orderId) ?? 0) + 1);
      }
    }
    return counts;
  }

  async function expectOnce(placed: readonly Sent[]): Promise<void> {
    const answers = placed.flatMap((each) => each.answers);
    expect(answers.filter(({ status }) => status === 409 || status === 412)).toEqual([]);
    expect(answers.filter(({ status }) => status >= 500).map(({ text }) => text)).toEqual([]);
    for (const { answers: same } of placed) {
      expect(new Set(same.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(same.filter(({ headers }) => headers.get('idempotent-replayed') !== null)).toHaveLength(same.length - 1);
    }
    const counts = await placedOrders();
    for (const { orderId } of placed) expect([orderId, counts.get(orderId)]).toEqual([orderId, 1]);
  }

  it(
    'on one process',
    async () => {
      const placed = await placeOrders('one');
      sent = placed;
      await expectOnce(placed);
    },
    SLOW,
  );

  it(
    'on two processes',
    async () => {
      ledgers.push(await LedgerProcess.start({ ...backend.environment, KEYLEDGER_PROJECTOR: 'none' }));
      const placed = await placeOrders('two');
      sent = [...sent, ...placed];
      await expectOnce(placed);
    },
    SLOW,
  );

  it(
    'and after a restart',
    async () => {
      await Promise.all(ledgers.map((ledger) => ledger.stop()));
      ledgers = [await LedgerProcess.start(backend.environment)];
      const { account, answers } = sent[1]!;
      const body = {
        placedAt: '2025-06-01T00:00:00Z',
        currency: 'EUR',
        lines: [{ sku: 'one-0-1', quantity: 1, unitPrice: '1' }],
      };
      const again = await ledgers[0]!
        .client()
        .post(`/v1/accounts/${account}/orders`, body, { 'idempotency-key': 'one-0-1' });
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.body).toEqual(answers[0]?.body);
      const counts = await placedOrders();
      expect(counts.size).toBe(sent.length);
      expect([...counts.values()].every((count) => count === 1)).toBe(true);
    },
    SLOW,
  );

  // A real node's connections cannot be cut from here, and the embedded store has none.
  const cuttable = kind.name === 'servers' && !process.env.EVENTSTOREDB_URL;
  if (kind.name === 'servers' && !cuttable) process.stderr.write('\nnot run: connections to a real node are not cut\n');
  (cuttable ? it : it.skip)(
    'while connections are cut after the append',
    async () => {
      if (backend.standIn === undefined) throw new Error('there is no stand-in');
      backend.standIn.dropConnections({ when: 'after-append', share: 0.1 });
      const placed = await placeOrders('cut');
      backend.standIn.keepConnections();
      await expectOnce(placed);
    },
    SLOW,
  );
});
