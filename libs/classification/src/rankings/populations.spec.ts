import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { QuarantinedStream, ReadStore } from '#event-sourcing';
import type {
  AccountChanges,
  AccountDirectory,
  AccountEntry,
  MetricRequest,
  MetricSource,
  MetricValue,
} from '#platform';
import { MetricPopulation } from './metric-population.js';
import { Populations } from './populations.js';

/** A ledger of accounts that each have a revenue, at a position that grows with each change. */
class Books implements MetricSource, AccountDirectory, AccountChanges {
  readonly ids = ['revenue', 'revenueShare', 'appraisal:'];
  readonly shares = { revenueShare: 'revenue' };
  readonly requests: MetricRequest[] = [];
  readonly #accounts = new Map<string, { readonly revenue: MetricValue; readonly position: bigint }>();
  position = 0n;
  build = 1;
  quarantined: QuarantinedStream[] = [];

  set(accountId: string, revenue: MetricValue): void {
    this.position += 1n;
    this.#accounts.set(accountId, { revenue, position: this.position });
  }

  populations(): Populations {
    const readStore = { quarantined: async () => this.quarantined } as unknown as ReadStore;
    const progress = {
      projectionPositions: async () => [
        {
          name: 'books',
          version: 1,
          build: this.build,
          checkpoint: `books.v1.b${this.build}`,
          position: this.position,
        },
      ],
    };
    return new Populations(readStore, [this], this, this, progress);
  }

  absent(): Record<string, MetricValue> {
    return { revenue: 0n };
  }

  async load(request: MetricRequest) {
    this.requests.push(request);
    const wanted = request.accounts ?? [...this.#accounts.keys()];
    // An account without revenue has no facts here; one of a round revenue has an appraisal.
    return new Map(
      wanted.flatMap((id): [string, Record<string, MetricValue>][] => {
        const revenue = this.#accounts.get(id)?.revenue ?? null;
        if (typeof revenue !== 'bigint' || revenue === 0n) return [];
        return [[id, revenue % 10n === 0n ? { revenue, 'appraisal:round': Number(revenue % 7n) } : { revenue }]];
      }),
    );
  }

  async all(): Promise<readonly AccountEntry[]> {
    return this.entries([...this.#accounts.keys()].sort());
  }

  async entries(ids: readonly string[]): Promise<readonly AccountEntry[]> {
    return ids.map((accountId) => ({
      accountId,
      name: `${accountId} ${this.#accounts.get(accountId)?.position}`,
      region: null,
      industry: null,
      groupId: null,
      owner: null,
      firstFactDay: 0,
    }));
  }

  async changedAfter(position: bigint, limit: number) {
    const changed = [...this.#accounts].filter(([, account]) => account.position > position).map(([id]) => id);
    return changed.length > limit ? undefined : changed;
  }

  get = () => Promise.reject(new Error('nobody asks for one account'));
  ofMember = () => Promise.reject(new Error('nobody asks for a member'));
}

const METRICS = ['revenue', 'revenueShare', 'appraisal:round', 'appraisal:none', 'csat'];

function everythingIn(population: MetricPopulation) {
  return {
    accounts: population.accounts,
    ids: population.accountIds,
    appraisals: population.appraisals(),
    columns: METRICS.map((metric) => population.column(metric)),
    rows: population.accountIds.map((_, place) => population.metricsOf(place)),
  };
}

describe('populations', () => {
  it('that were brought up to date are those made anew', async () => {
    const change = fc.record({ account: fc.integer({ min: 0, max: 12 }), revenue: fc.integer({ min: -40, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }), async (rounds) => {
        const books = new Books();
        const kept = books.populations();
        for (const round of [[], ...rounds]) {
          for (const { account, revenue } of round) books.set(`a${account}`, BigInt(revenue));
          const population = await kept.at(100, 12);
          expect(everythingIn(population)).toEqual(everythingIn(await books.populations().at(100, 12)));
        }
      }),
    );
  });

  it('stay the same object, and are not asked for again, while nothing changes', async () => {
    const books = new Books();
    books.set('a', 5n);
    const kept = books.populations();
    const first = await kept.at(100, 12);
    expect(await kept.at(100, 12)).toBe(first);
    books.position += 1n;
    expect(await kept.at(100, 12)).toBe(first);
    expect(books.requests).toEqual([{ asOf: 100, windowMonths: 12, ids: ['revenue', 'appraisal:'] }]);
    books.set('a', 6n);
    expect((await kept.at(100, 12)).column('revenue')).toEqual([6n]);
    expect(books.requests.at(-1)).toMatchObject({ accounts: ['a'] });
    expect(first.column('revenue')).toEqual([5n]);
  });

  it('are made anew when many accounts have changed, read models went back or are others, or a stream was held back or let go', async () => {
    const books = new Books();
    books.set('a', 5n);
    const kept = books.populations();
    const isWhole = async () => {
      await kept.at(100, 12);
      return books.requests.at(-1)?.accounts === undefined;
    };
    expect(await isWhole()).toBe(true);
    books.set('a', 6n);
    expect(await isWhole()).toBe(false);
    books.quarantined = [{ projection: 'books.v1', stream: 'account-a' } as QuarantinedStream];
    expect(await isWhole()).toBe(true);
    books.set('a', 7n);
    expect(await isWhole()).toBe(false);
    books.build = 2;
    expect(await isWhole()).toBe(true);
    books.position -= 1n;
    expect(await isWhole()).toBe(true);
    for (let number = 0; number <= 2_000; number++) books.set(`n${number}`, 1n);
    expect(await isWhole()).toBe(true);
  });

  it('give nobody a share where nobody has anything', () => {
    const books = new Books();
    const account = { accountId: 'a', name: 'A', region: null, industry: null, groupId: null, owner: null };
    const population = MetricPopulation.of([{ ...account, firstFactDay: 0 }], [{ source: books, values: new Map() }]);
    expect(population.metricsOf(0)).toMatchObject({ revenue: 0n, revenueShare: null });
  });
});
