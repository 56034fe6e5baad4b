import { randomUUID } from 'node:crypto';
import { buildCatalog, type EventTypeRegistry, type Projection } from '#event-sourcing';
import { type Config, DiscardDecisions, stampLedger } from '#platform';
import { eventTypes, now, projectionsOf, settingsOf, sleep } from '../ledger.js';
import { assertFiles } from '../ledger-place.js';
import { openEventStore, openKeyedStore, openReadStore, type Stores } from '../open-stores.js';
import { isGone, newMember } from '../projector-member.js';
import { programFingerprint } from './program-fingerprint.js';
import type { RebuildContext } from './rebuild-context.js';
import { rebuildRecords } from './rebuild-record.js';

export interface OpenedRebuildContext extends RebuildContext {
  close(): Promise<void>;
}

/** What a rebuild works with in a process that has the stores open. */
export function rebuildContextOf(
  { eventStore, keyedStore, readStore }: Pick<Stores, 'eventStore' | 'readStore' | 'keyedStore'>,
  projections: readonly Projection[],
  registry: EventTypeRegistry,
): RebuildContext {
  const newId = randomUUID;
  const options = { readStore, newId };
  const discards = new DiscardDecisions(keyedStore);
  return {
    eventStore,
    readStore,
    registry,
    projections,
    // Read only where a rebuild is asked for: most processes never do.
    get program() {
      return programFingerprint();
    },
    discarded: () => discards.events(),
    catalog: buildCatalog(options),
    records: rebuildRecords(options),
    now,
    sleep,
    newId,
    newOwner: () => JSON.stringify(newMember()),
    isGone: (owner) => isGone(JSON.parse(owner)),
  };
}

/**
 * The same with stores of its own.
 * @throws TransferRefused where there is no ledger; StoreUnavailable; ConfigError when time zone or base currency differ
 * from the ledger's stamp
 */
export async function openRebuildContext(config: Config): Promise<OpenedRebuildContext> {
  assertFiles(config);
  const registry = eventTypes();
  const eventStore = await openEventStore(config);
  const readStore = await openReadStore(config);
  const keyedStore = await openKeyedStore(config);
  const stores = { eventStore, readStore, keyedStore };
  const close = async () => {
    await Promise.all([eventStore.close(), readStore.close(), keyedStore.close()]);
  };
  try {
    // Folds depend on what is stamped. Where there is no ledger, none is made.
    if ((await eventStore.head()) !== undefined) await stampLedger(eventStore, config, now());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...rebuildContextOf(stores, projectionsOf(settingsOf(config), registry), registry),
    close,
  };
}
