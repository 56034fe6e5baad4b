import { type OpenRebuild, StateDocument, type StateDocumentOptions } from '#event-sourcing';
import type { RebuildRecord } from '#platform';

/** Where the newest rebuild's progress is kept; its plan, and who may work at it, are the catalog's. */
export type RebuildRecords = StateDocument<{ readonly record: RebuildRecord | null }>;

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
