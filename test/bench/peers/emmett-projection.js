import { join } from 'node:path';
import { orderEvent } from '../data/order.js';
import { temporaryFolder } from '../folders.js';
import { peer } from './peer.js';

/**
 * The peer of W4a: emmett's consumer feeds a projection of revenue by account and day in SQLite from its own log.
 * @returns events a second, undefined where the peer does not run
 */
export async function peerProjectionRate(events) {
  const emmett = await peer('emmett-ledger.js');
  if (emmett === undefined) return undefined;
  const { sqliteRawSQLProjection } = await import('@event-driven-io/emmett-sqlite');
  const ledger = new emmett.EmmettLedger(join(temporaryFolder(), 'emmett.db'));
  const { store } = ledger;
  await ledger.execute('CREATE TABLE revenue (day TEXT PRIMARY KEY, revenue INTEGER NOT NULL)');
  for (let number = 0; number < events; number += 500) {
    const batch = Array.from({ length: Math.min(500, events - number) }, (_, place) => ({
      type: 'order-placed',
      data: orderEvent(number + place, `o${number + place}`),
    }));
    await store.appendToStream(`account-a${number}`, batch);
  }
  const consumer = store.consumer({ pulling: { batchSize: 2_000 } });
  let seen = 0;
  consumer.processor({
    processorId: 'revenue-days',
    projection: sqliteRawSQLProjection({
      canHandle: ['order-placed'],
      evolve: ({ data }) => {
        seen += 1;
        return `INSERT INTO revenue VALUES ('${data.placedAt.slice(0, 10)}', ${Math.round(Number(data.baseRevenue) * 100)}) ON CONFLICT DO UPDATE SET revenue = revenue + excluded.revenue`;
      },
    }),
    stopAfter: () => seen >= events,
  });
  const begin = performance.now();
  await consumer.start();
  const rate = seen / ((performance.now() - begin) / 1_000);
  await consumer.close();
  ledger.close();
  return rate;
}
