import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  buildCatalog,
  documents,
  EventTypeRegistry,
  ServedProjections,
  StoreUnavailable,
  type WriteBatch,
} from '#event-sourcing';
import { FailingReadStore, InMemoryEventStore, recordedHistory } from '#event-sourcing-testing';
import { SqliteKeyedStore, SqliteReadStore } from '#read-store-sqlite';
import { type CatchUpContext, projectUpToDate } from './projector-catch-up.js';

const names = documents({
  name: 'names',
  version: 1,
  collection: { fields: { account: 'text' }, key: ['account'] },
  events: ['account-opened.v1'],
  keys: ({ stream }) => [[stream]],
  fold: () => ({}),
});

describe('projectUpToDate', () => {
  let folder: string;
  let context: CatchUpContext;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'catch-up-'));
    const history = recordedHistory([
      ['account-1', { type: 'account-opened.v1', data: {}, occurredAt: '2026-01-01T00:00:00.000Z' }],
    ]);
    const eventStore = new InMemoryEventStore(history);
    const readStore = await SqliteReadStore.open({ file: join(folder, 'read.db') });
    const keyedStore = await SqliteKeyedStore.open({ file: join(folder, 'keys.db') });
    const registry = new EventTypeRegistry([{ types: ['account-opened.v1'] }]);
    const projections = [names];
    const served = new ServedProjections(buildCatalog({ readStore, newId: () => 'id' }), projections);
    context = { eventStore, readStore, keyedStore, registry, projections, served };
  });
  afterEach(async () => {
    await Promise.all([context.readStore.close(), context.keyedStore.close()]);
    rmSync(folder, { recursive: true });
  });

  it('ends when the read models hold what the log held', async () => {
    await projectUpToDate(context, undefined);
    expect(await context.readStore.find(names.collection.name)).toEqual([{ account: 'account-1' }]);
    expect((await context.readStore.projectorGroup()).members).toEqual([]);
  });

  it('gives up with the cause when the read store has gone away', async () => {
    class GoneStore extends FailingReadStore {
      override async write(): Promise<void> {
        throw new StoreUnavailable('The read store is away.');
      }
    }
    const readStore = new GoneStore(context.readStore, {});
    await expect(projectUpToDate({ ...context, readStore, patience: 1_000 }, undefined)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      message: 'The read models came no further for 1 s. The read store is away.',
    });
  });

  it('leaves nobody at work behind where it cannot tell how far the read models are', async () => {
    let broken = false;
    class BrokenStore extends FailingReadStore {
      override async checkpoints(session?: string) {
        if (broken && session === undefined) throw new RangeError('no positions');
        return super.checkpoints(session);
      }
      override async write(batch: WriteBatch): Promise<void> {
        broken = true;
        return super.write({ ...batch, checkpoints: [] });
      }
    }
    const readStore = new BrokenStore(context.readStore, {});
    await expect(projectUpToDate({ ...context, readStore }, undefined)).rejects.toThrow('no positions');
    expect((await context.readStore.projectorGroup()).members).toEqual([]);
  });
});
