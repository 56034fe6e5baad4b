import { setTimeout } from 'node:timers/promises';
import type { ApiClient } from './ledger-process.js';

const DAY = '2025-06-01T10:00:00Z';
const AS_OF = '2025-12-31';
const IN_FLIGHT = 64;

interface Counts {
  /** Orders of an account that were acknowledged. */
  acknowledged: number;
  /** … and that were sent at all. */
  sent: number;
}

/**
 * Orders of one unit of 1 EUR each, so that an account's revenue is the number of its orders; and readers that check on
 * every answer that it holds each order that was acknowledged before the question, and none that was not sent.
 */
export class OrderLoad {
  readonly #accounts: ReadonlyMap<string, Counts>;
  #position = 0n;
  #sent = 0;
  #startedAt = 0;
  #endedAt = 0;

  constructor(
    private readonly client: ApiClient,
    accounts: number,
  ) {
    const ids = Array.from({ length: accounts }, (_, index) => `account-${index}`);
    this.#accounts = new Map(ids.map((id) => [id, { acknowledged: 0, sent: 0 }]));
  }

  /** Commands a second, as it came out. */
  get pace(): number {
    return (this.#sent * 1_000) / Math.max(1, this.#endedAt - this.#startedAt);
  }

  /** So many orders by an import. */
  async history(orders: number): Promise<void> {
    const ids = [...this.#accounts.keys()];
    const rows = Array.from({ length: orders }, (_, index) => {
      const account = ids[index % ids.length];
      return `${account},history-${index},${DAY},EUR,A,1,1`;
    });
    const csv = ['accountId,orderId,placedAt,currency,sku,quantity,unitPrice', ...rows].join('\n');
    const answer = await this.client.request('POST', '/v1/imports?kind=orders', csv, { 'content-type': 'text/csv' });
    if (answer.body?.documents?.accepted !== orders) throw new Error(`the import: ${answer.text.slice(0, 500)}`);
    for (const [index] of rows.entries()) {
      const counts = this.#countsOf(ids[index % ids.length] ?? '');
      counts.acknowledged += 1;
      counts.sent += 1;
    }
    this.#position = BigInt(answer.body.position);
  }

  /** Sends so many orders a second until it is called off. @returns the number of them */
  async send(rate: number, signal: AbortSignal): Promise<number> {
    const ids = [...this.#accounts.keys()];
    const under = new Set<Promise<void>>();
    const failures: unknown[] = [];
    this.#startedAt = performance.now();
    this.#sent = 0;
    while (!signal.aborted && failures.length === 0) {
      const due = Math.floor(((performance.now() - this.#startedAt) * rate) / 1_000);
      while (this.#sent < due && under.size < IN_FLIGHT) {
        const one: Promise<void> = this.#order(ids[this.#sent % ids.length] ?? '')
          .catch((error: unknown) => void failures.push(error))
          .finally(() => under.delete(one));
        under.add(one);
        this.#sent += 1;
      }
      await setTimeout(5);
    }
    await Promise.all(under);
    this.#endedAt = performance.now();
    if (failures.length > 0) throw failures[0];
    return this.#sent;
  }

  /** Sends so many orders, one behind the other. */
  async some(orders: number): Promise<void> {
    const ids = [...this.#accounts.keys()];
    for (let order = 0; order < orders; order++) await this.#order(ids[order % ids.length] ?? '');
  }

  async #order(accountId: string): Promise<void> {
    const counts = this.#countsOf(accountId);
    counts.sent += 1;
    const answer = await this.client.must('POST', `/v1/accounts/${accountId}/orders`, {
      placedAt: DAY,
      currency: 'EUR',
      lines: [{ sku: 'A', quantity: 1, unitPrice: '1' }],
    });
    counts.acknowledged += 1;
    const position = BigInt(answer.headers.get('keyledger-position') ?? 0);
    if (position > this.#position) this.#position = position;
  }

  /** Asks and checks until it is called off. @returns the number of answers */
  async read(signal: AbortSignal): Promise<number> {
    const questions = [() => this.check(), () => this.#checkOrders(), () => this.#checkExport()];
    let answers = 0;
    const readers = questions.map(async (question) => {
      while (!signal.aborted) {
        await question();
        answers += 1;
      }
    });
    await Promise.all(readers);
    return answers;
  }

  /** The ranking: every account is there, with the revenue of its orders. @throws Error */
  async check(): Promise<void> {
    const before = this.#acknowledged();
    const { items } = await this.client.ask(`/v1/key-accounts?asOf=${AS_OF}&limit=500`, String(this.#position));
    if (items.length !== this.#accounts.size) throw new Error(`${items.length} accounts in the ranking`);
    for (const { accountId, metrics } of items) this.#checkCount(accountId, Number(metrics.revenue), before, 'revenue');
  }

  /** The revenue by month, which comes of another read model. */
  async #checkOrders(): Promise<void> {
    const before = this.#acknowledged();
    const { total } = await this.client.ask('/v1/revenue?interval=month', String(this.#position));
    const least = [...before.values()].reduce((sum, count) => sum + count, 0);
    const most = [...this.#accounts.values()].reduce((sum, { sent }) => sum + sent, 0);
    const revenue = Number(total.revenue ?? total);
    if (!(revenue >= least && revenue <= most)) throw new Error(`revenue ${revenue} of ${least} to ${most}`);
  }

  /** All orders of an account in a stream, page by page. */
  async #checkExport(): Promise<void> {
    const before = this.#acknowledged();
    const ids = [...this.#accounts.keys()];
    const accountId = ids[Math.floor(Math.random() * ids.length)] ?? '';
    const text: string = await this.client.ask(`/v1/accounts/${accountId}/orders`, String(this.#position), {
      accept: 'application/x-ndjson',
    });
    this.#checkCount(accountId, text.split('\n').length - 1, before, 'orders');
  }

  #checkCount(accountId: string, count: number, before: ReadonlyMap<string, number>, what: string): void {
    const [least, most] = [before.get(accountId) ?? 0, this.#countsOf(accountId).sent];
    if (count >= least && count <= most) return;
    throw new Error(`${what} of ${accountId}: ${count}, of ${least} acknowledged and ${most} sent`);
  }

  #acknowledged(): ReadonlyMap<string, number> {
    return new Map([...this.#accounts].map(([id, { acknowledged }]) => [id, acknowledged]));
  }

  #countsOf(accountId: string): Counts {
    const counts = this.#accounts.get(accountId);
    if (counts === undefined) throw new Error(`there is no account ${accountId}`);
    return counts;
  }
}
