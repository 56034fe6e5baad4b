import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventHash, type RecordedEvent } from '#event-sourcing';
import { type ComparableModel, runTo, storedModel } from '#event-sourcing-testing';
import { composeLedger, eventTypes, type Ledger } from '#ledger';
import { readConfig } from '#platform';
import { SqliteReadStore } from '#read-store-sqlite';
import type { LedgerEnvironment } from '#test/e2e/ledger-process';
import type { Acknowledged } from './writers.js';

/** What is wrong with a ledger; empty when it is as it must be. */
export type Faults = string[];

/** Looks at a ledger's stores beside its processes, while nobody writes. */
export async function withStores<T>(
  environment: LedgerEnvironment,
  work: (ledger: Ledger, log: readonly RecordedEvent[]) => Promise<T>,
): Promise<T> {
  const ledger = await composeLedger(readConfig(environment));
  try {
    await ledger.readStore.prepare(ledger.projections.map(({ collection }) => collection));
    const log: RecordedEvent[] = [];
    for await (const event of ledger.eventStore.readAll()) log.push(event);
    return await work(ledger, log);
  } finally {
    await ledger.close();
  }
}

/** Every acknowledged command is in the log with its events where it said, and no command's events are there twice. */
export function acknowledgedFaults(log: readonly RecordedEvent[], acknowledged: readonly Acknowledged[]): Faults {
  const faults: Faults = [];
  const events = new Map(log.map((event) => [`${event.stream} ${event.id}`, event]));
  if (events.size !== log.length) faults.push(`${log.length - events.size} events are stored twice`);
  const counts = new Map<string, number>();
  for (const { metadata } of log) counts.set(metadata.commandId, (counts.get(metadata.commandId) ?? 0) + 1);
  for (const { stream, commandId, eventIds, revision, position } of acknowledged) {
    const last = events.get(`${stream} ${eventIds.at(-1)}`);
    if (last === undefined) faults.push(`lost: ${commandId}`);
    else if (last.revision !== revision || last.position !== position) faults.push(`moved: ${commandId}`);
    const stored = counts.get(commandId) ?? 0;
    if (stored > eventIds.length) faults.push(`doubled: ${commandId} has ${stored} events`);
  }
  return faults;
}

/** Revisions have no gaps, and each stream's hashes recompute from its first event on. */
export function chainFaults(log: readonly RecordedEvent[]): Faults {
  const faults: Faults = [];
  const ends = new Map<string, { readonly revision: number; readonly hash: string }>();
  for (const { stream, revision, id, type, data, metadata } of log) {
    const end = ends.get(stream);
    const { hash, ...unhashed } = metadata;
    if (revision !== (end?.revision ?? -1) + 1) faults.push(`gap: ${stream} before ${revision}`);
    if (end !== undefined && metadata.prevHash !== end.hash) faults.push(`broken chain: ${stream} at ${revision}`);
    if (eventHash({ stream, revision, id, type, data }, unhashed) !== hash) faults.push(`hash: ${stream} ${revision}`);
    ends.set(stream, { revision, hash });
  }
  return faults;
}

/** The read models are what a clean rebuild makes of the log, documents and positions alike. */
export async function readModelFaults({ eventStore, readStore, projections }: Ledger): Promise<Faults> {
  const folder = mkdtempSync(join(tmpdir(), 'clean-rebuild-'));
  const clean = await SqliteReadStore.open({ file: join(folder, 'read.db') });
  try {
    const head = (await eventStore.head()) ?? 0n;
    await runTo(head, { eventStore, readStore: clean, projections, registry: eventTypes() });
    const faults: Faults = [];
    for (const projection of projections) {
      const [live, rebuilt] = await Promise.all([storedModel(readStore, projection), storedModel(clean, projection)]);
      faults.push(...differences(projection.name, live, rebuilt));
    }
    return faults;
  } finally {
    await clean.close();
    rmSync(folder, { recursive: true });
  }
}

function differences(name: string, live: ComparableModel, rebuilt: ComparableModel): Faults {
  const keys = new Set([...Object.keys(live), ...Object.keys(rebuilt)]);
  return [...keys]
    .filter((key) => textOf(live[key]) !== textOf(rebuilt[key]))
    .map((key) => `${name} ${key}: ${textOf(live[key])} instead of ${textOf(rebuilt[key])}`);
}

function textOf(document: unknown): string {
  return JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)) ?? 'nothing';
}
