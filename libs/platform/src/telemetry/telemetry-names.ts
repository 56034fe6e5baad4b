/**
 * Every name by which the outside knows what is measured, traced and logged here. Dashboards and alerts are written
 * against them (a test compares), so a name is never given another meaning: it is dropped, and a new one is made.
 */

/** Prometheus metrics. Durations are in seconds, sizes in bytes. */
export const METRIC = {
  /** Histogram by method, route, status. */
  requests: 'keyledger_http_request_duration_seconds',
  /** Counter by type, outcome: `accepted`, `unchanged`, `replayed`, the code of the refusal, or `error`. */
  commands: 'keyledger_commands_total',
  /** Gauge: commands that wait for their stream or are being appended. */
  commandsWaiting: 'keyledger_commands_waiting',
  /** Counter by result: `hit`, `miss`. */
  stateCache: 'keyledger_state_cache_lookups_total',
  /** Counter: snapshots of streams that could not be read or written; commands go on without them. */
  snapshotFailures: 'keyledger_snapshot_failures_total',
  /** Histogram by outcome: `appended`, `conflict`, `failed`. */
  appends: 'keyledger_append_duration_seconds',
  /** Histogram: commands that one append holds. */
  appendCommands: 'keyledger_append_commands',
  /** Counter. */
  appendedEvents: 'keyledger_appended_events_total',
  /** Gauge: 1 when this process can be used. */
  ready: 'keyledger_ready',
  /** Gauge by projection: the age of the oldest event that is not in it. */
  lagSeconds: 'keyledger_projection_lag_seconds',
  /** Gauge by projection, counted up to 10,000. */
  lagEvents: 'keyledger_projection_lag_events',
  /** Gauge by projection: its position in the log. */
  position: 'keyledger_projection_position',
  /** Gauge by projection: streams that it stopped at. */
  quarantined: 'keyledger_projection_quarantined_streams',
  /** Histogram by outcome: `written`, `failed`. */
  flushes: 'keyledger_projector_flush_duration_seconds',
  /** Counter. */
  documents: 'keyledger_projector_documents_written_total',
  /** Counter: tries after a store could not be reached. */
  retries: 'keyledger_projector_retries_total',
  /** Counter: threads of the API's own projector that ended by an error. */
  projectorFailures: 'keyledger_projector_failures_total',
  /** Gauge: 1 while the projector of this process works, 0 while it is away from its stores or has ended. */
  projectorUp: 'keyledger_projector_up',
  /** Gauge: logical partitions, of 64, that the projector of this process keeps. */
  partitions: 'keyledger_projector_partitions',
  /** Counter: times that others took over what the projector kept. */
  leasesLost: 'keyledger_projector_leases_lost_total',
  /** Gauge: 1 while a rebuild is under way or waits for a word. */
  rebuildOpen: 'keyledger_rebuild_open',
  /** Gauge: share of the log that is in the read models that are being rebuilt, from 0 to 1. */
  rebuildProgress: 'keyledger_rebuild_progress',
  /** Gauge: room left on the disk of the data folder. */
  diskFree: 'keyledger_data_disk_free_bytes',
  /** Gauge: size of the disk of the data folder. */
  diskSize: 'keyledger_data_disk_size_bytes',
  /** Gauge by file: `events.db`, `read-models.db`, `keys.db`, each with what waits beside it. */
  fileSize: 'keyledger_data_file_bytes',
} as const;

/** OpenTelemetry spans: that of a request is named `<method> <route>`, as the conventions say. */
export const SPAN = {
  command: 'keyledger.command',
  append: 'keyledger.append',
  flush: 'keyledger.project',
} as const;

/** Attributes of spans; the ones of HTTP are OpenTelemetry's own. */
export const ATTRIBUTE = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  requestId: 'keyledger.request.id',
  correlationId: 'keyledger.correlation.id',
  commandType: 'keyledger.command.type',
  outcome: 'keyledger.outcome',
  stream: 'keyledger.stream',
  revision: 'keyledger.revision',
  events: 'keyledger.events',
  documents: 'keyledger.documents',
} as const;

/** Contexts of log lines: the part of the program that speaks. */
export const LOG_CONTEXT = {
  ledger: 'Ledger',
  http: 'Http',
  projector: 'Projector',
  rebuild: 'Rebuild',
  tracing: 'Tracing',
} as const;
