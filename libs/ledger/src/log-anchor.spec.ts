import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RecordedEvent, StoreUnavailable } from '#event-sourcing';
import { InMemoryEventStore, recordedHistory } from '#event-sourcing-testing';
import { SqliteReadStore } from '#read-store-sqlite';
import { LogAnchor } from './log-anchor.js';

let folder: string;
let readStore: SqliteReadStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anchor ä-'));
  readStore = await SqliteReadStore.open({ file: join(folder, 'read.db') });
});
afterEach(async () => {
  await readStore.close();
  rmSync(folder, { recursive: true });
});

/** Events at 10, 20, 30 …; those of another `branch` have other ids. */
function logOf(count: number, branch = '0'): RecordedEvent[] {
  const occurredAt = '2026-01-01T00:00:00.000Z';
  const fact = ['account-1', { type: 'sample-taken.v1', data: {}, occurredAt }] as const;
  return recordedHistory(Array(count).fill(fact)).map((event) => ({ ...event, id: `${branch}${event.id.slice(1)}` }));
}

const anchorOn = (log: readonly RecordedEvent[]) => new LogAnchor(new InMemoryEventStore(log), readStore);

async function noted(log: readonly RecordedEvent[], position: bigint): Promise<void> {
  const anchor = anchorOn(log);
  await anchor.check();
  await anchor.note(position);
}

describe('The anchor of the read models in the log', () => {
  it('holds on the log that they are made of, as far as it goes by now', async () => {
    await expect(anchorOn([]).check()).resolves.toBeUndefined();
    await noted(logOf(3), 30n);
    await expect(anchorOn(logOf(3)).check()).resolves.toBeUndefined();
    await expect(anchorOn(logOf(9)).check()).resolves.toBeUndefined();
  });

  it('is the newest event at or before a position that is no event’s', async () => {
    await noted(logOf(3), 25n);
    await expect(anchorOn(logOf(2)).check()).resolves.toBeUndefined();
    await expect(anchorOn(logOf(1)).check()).rejects.toThrow(StoreUnavailable);
  });

  it('does not hold on a log that was put back to an earlier state, also when that has outgrown it', async () => {
    await noted(logOf(5), 50n);
    const complaint = /hold an event that the log does not have/;
    await expect(anchorOn([]).check()).rejects.toThrow(complaint);
    await expect(anchorOn(logOf(4)).check()).rejects.toThrow(complaint);
    await expect(anchorOn([...logOf(4), ...logOf(9, '1').slice(4)]).check()).rejects.toThrow(complaint);
  });

  it('does not hold where a projection has read on from where the log ends', async () => {
    const checkpoints = [{ projection: 'orders.v1', position: 40n }];
    await noted(logOf(4), 30n);
    await readStore.write({ documents: [], checkpoints });
    const on = (count: number) =>
      new LogAnchor(Object.assign(new InMemoryEventStore(logOf(count)), { positionsFollow: true }), readStore);
    await expect(on(4).check()).resolves.toBeUndefined();
    await expect(on(3).check()).rejects.toThrow(/hold an event that the log does not have/);
  });

  it('never goes back', async () => {
    const anchor = anchorOn(logOf(9));
    await anchor.check();
    const stored = async () => (await readStore.getMany('log_anchors', [['newest']]))[0]?.position;
    await anchor.note(10n);
    expect(await stored()).toBe(10n);
    await anchor.note(40n);
    await anchor.note(20n);
    expect(await stored()).toBe(40n);
  });
});
