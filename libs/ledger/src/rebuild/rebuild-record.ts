import { type BuildCatalog, type OpenRebuild, StateDocument, type StateDocumentOptions } from '#event-sourcing';
import type { RebuildRecord } from '#platform';

/** Where the newest rebuild's progress is kept; its plan, and who may work at it, are the catalog's. */
export type RebuildRecords = Pick<StateDocument<{ readonly record: RebuildRecord | null }>, 'read' | 'change'>;

export function rebuildRecords(options: StateDocumentOptions): RebuildRecords {
  return new StateDocument<{ readonly record: RebuildRecord | null }>('rebuild', { record: null }, options);
}

/** A record in which nothing is done yet. */
export function newRecord(rebuild: OpenRebuild): RebuildRecord {
  return {
    id: rebuild.id,
    kind: rebuild.kind,
    switch: rebuild.switch,
    targets: rebuild.targets,
    phase: rebuild.switched ? 'following' : 'planned',
    beat: 0,
    startedAt: rebuild.startedAt,
    updatedAt: rebuild.startedAt,
    position: '0',
    head: '0',
    documents: 0,
    compared: [],
    differing: 0,
    differences: [],
    remark: null,
    abandoning: false,
  };
}

export const GIVEN_UP = 'It was given up; what served before serves on.';

/**
 * The newest rebuild's record. A process may be killed after it has ended the rebuild in the catalog, which counts, and
 * before it has put that down in the record.
 * @throws StoreUnavailable
 */
export async function latestRecord({
  catalog,
  records,
}: {
  readonly catalog: Pick<BuildCatalog, 'read'>;
  readonly records: Pick<RebuildRecords, 'read'>;
}): Promise<RebuildRecord | undefined> {
  const { record } = await records.read();
  if (record === null) return undefined;
  // After the record: a rebuild is in the catalog before it has one.
  const { rebuild } = await catalog.read();
  return rebuild?.id === record.id ? record : ended(record);
}

function ended(record: RebuildRecord): RebuildRecord {
  if (record.phase === 'done' || record.phase === 'abandoned') return record;
  if (record.phase === 'following') return { ...record, phase: 'done' };
  return { ...record, phase: 'abandoned', remark: GIVEN_UP };
}
