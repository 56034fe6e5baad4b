import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { monthNumber, ZonedCalendar } from '#calendar';
import { recordedHistory, type StreamFact, storeProjected } from '#event-sourcing-testing';
import type { AccountChanges, AccountDirectory, AccountEntry, LedgerSettings } from '#platform';
import { newSqliteReadStore } from '#test/laws/sqlite-read-stores';
import { RegionSurveyMonths } from './region-survey-months.js';
import { satisfactionCapability } from './satisfaction.capability.js';
import type { SurveyScored } from './satisfaction.events.js';
import { addTallies, NO_RESPONSES, type Tally, tallyOf } from './survey-metrics.js';

const settings: LedgerSettings = { calendar: new ZonedCalendar('UTC'), baseCurrency: 'EUR' };
const REGIONS = ['north', 'south'];
const DAY = 20_000;

interface Survey {
  readonly account: number;
  readonly month: number;
  readonly score: number;
}

/** Accounts that answer surveys and move between regions; each change has a position. */
class Customers implements AccountChanges {
  readonly surveys: Survey[] = [];
  readonly regions = new Map<string, string>();
  readonly #changes: { readonly accountId: string; readonly position: bigint }[] = [];
  whole = 0;

  get position(): bigint {
    return BigInt(this.#changes.length);
  }

  answer(survey: Survey): void {
    this.surveys.push(survey);
    this.#change(`a${survey.account}`);
  }

  move(account: number, region: string): void {
    this.regions.set(`a${account}`, region);
    this.#change(`a${account}`);
  }

  history() {
    return recordedHistory(
      this.surveys.map(({ account, month, score }, index): StreamFact => {
        const data = { surveyId: `s${index}`, metric: 'csat' as const, score };
        const event: SurveyScored = {
          type: 'survey-scored.v1',
          data,
          occurredAt: `2026-0${month}-11T00:00:00.000Z`,
        };
        return [`account-a${account}`, event];
      }),
    );
  }

  /** By month number, from the surveys themselves. */
  expected(region: string): Map<number, Tally> {
    const months = new Map<number, Tally>();
    for (const { account, month, score } of this.surveys) {
      if (this.regions.get(`a${account}`) !== region) continue;
      const number = monthNumber(settings.calendar.dayOfText(`2026-0${month}-11T00:00:00.000Z`));
      months.set(number, addTallies(months.get(number) ?? NO_RESPONSES, tallyOf('csat', score)));
    }
    return months;
  }

  async changedAfter(position: bigint) {
    return [...new Set(this.#changes.filter((each) => each.position > position).map(({ accountId }) => accountId))];
  }

  async entries(accountIds: readonly string[]): Promise<readonly AccountEntry[]> {
    return accountIds.map((accountId) => ({
      accountId,
      name: accountId,
      region: this.regions.get(accountId) ?? null,
      industry: null,
      groupId: null,
      owner: null,
      firstFactDay: 0,
    }));
  }

  directory(): AccountDirectory {
    return {
      all: () => {
        this.whole += 1;
        return this.entries([...new Set(this.#changes.map(({ accountId }) => accountId))]);
      },
      get: () => Promise.reject(new Error('nobody asks for one account')),
      ofMember: () => Promise.reject(new Error('nobody asks for a member')),
    };
  }

  #change(accountId: string): void {
    this.#changes.push({ accountId, position: this.position + 1n });
  }
}

function withResponses(months: ReadonlyMap<number, Tally>) {
  return [...months].filter(([, { responses }]) => responses > 0).sort(([a], [b]) => a - b);
}

describe('the survey months of a region', () => {
  const account = fc.integer({ min: 0, max: 4 });
  const change = fc.oneof(
    fc.record({ account, month: fc.integer({ min: 1, max: 3 }), score: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ account, region: fc.constantFrom(...REGIONS) }),
  );

  it('are those of the accounts that lie in it, whatever they answered and wherever they moved meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 6 }), async (rounds) => {
        const { store, close } = await newSqliteReadStore();
        try {
          const customers = new Customers();
          const progress = {
            projectionPositions: async () => [
              { name: 'all', version: 1, build: 1, checkpoint: 'all', position: customers.position },
            ],
          };
          const kept = new RegionSurveyMonths(store, settings, customers.directory(), customers, progress);
          for (const round of [[], ...rounds]) {
            for (const each of round) {
              if ('region' in each) customers.move(each.account, each.region);
              else customers.answer(each);
            }
            await storeProjected(store, satisfactionCapability.projections(settings, []), customers.history());
            for (const region of REGIONS) {
              const months = await kept.load({ metric: 'csat', region, day: DAY });
              expect(withResponses(months)).toEqual(withResponses(customers.expected(region)));
            }
          }
          expect(customers.whole).toBe(REGIONS.length);
        } finally {
          await close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
