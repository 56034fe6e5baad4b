import { it } from '@jest/globals';
import fc from 'fast-check';
import type { ReadStore, RecordedEvent } from '#event-sourcing';
import { recordedHistory, type StreamFact } from './recorded-history.js';

/** An empty read store for one run. */
export interface OpenedReadStore {
  readonly store: ReadStore;
  /** Closes and removes it. */
  close(): Promise<void>;
}

/** What a law is tried on. */
export interface LawTrial<Means> {
  /** Whose law it is, in what is printed. */
  readonly name: string;
  /** Histories. */
  readonly runs: number;
  /** Milliseconds a history. */
  readonly patience: number;
  /** Facts in the order in which they are recorded. */
  readonly history: fc.Arbitrary<readonly StreamFact[]>;
  /** What else is chosen for each history. */
  readonly means: fc.Arbitrary<Means>;
  /** Called for each history. */
  readonly openReadStore: () => Promise<OpenedReadStore>;
}

const DEFAULT_RUNS = 60;

/** Histories a law: the environment's `KEYLEDGER_LAW_RUNS`, or 60. */
export function lawRuns(): number {
  return Number(process.env.KEYLEDGER_LAW_RUNS || DEFAULT_RUNS);
}

/** The environment's `KEYLEDGER_LAW_SEED`, to run again what has failed, or another one each time. */
export function lawSeed(): number {
  return Number(process.env.KEYLEDGER_LAW_SEED || Math.floor(Math.random() * 2 ** 31));
}

/** Registers a law as a Jest case: what is checked with each history, in a new read store. */
export function lawCase<Means>(
  title: string,
  { name, runs, patience, history, means, openReadStore }: LawTrial<Means>,
  check: (events: RecordedEvent[], means: Means, readStore: ReadStore) => Promise<void>,
): void {
  it(
    title,
    async () => {
      const seed = lawSeed();
      // Past the console, which Jest keeps back where many suites run.
      process.stderr.write(`${name}: ${title}: ${runs} histories, seed ${seed}\n`);
      await fc.assert(
        fc.asyncProperty(history.map(recordedHistory), means, async (events, chosen) => {
          const { store, close } = await openReadStore();
          try {
            await check(events, chosen, store);
          } finally {
            await close();
          }
        }),
        { numRuns: runs, seed },
      );
    },
    patience * runs,
  );
}
