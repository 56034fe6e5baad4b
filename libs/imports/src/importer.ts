import type { ZonedCalendar } from '#calendar';
import { type CommandEnvelope, type CommandSender, hasPermission, Problem } from '#platform';
import { DocumentAssembly } from './documents/document-assembly.js';
import { commandsOf } from './documents/document-commands.js';
import { type DocumentOutcome, DocumentSender } from './documents/document-sender.js';
import type { ImportDocument } from './documents/import-document.js';
import { type ImportAnswer, type ImportCounts, ImportTally, type StopReason } from './import-answer.js';
import { IMPORT_FORMS, type ImportKind } from './import-forms.js';
import type { ImportMap } from './mapping/import-map.js';
import { mapping, plainMapping, type RowMapping } from './mapping/row-mapping.js';
import { csvRows } from './rows/csv-rows.js';
import { checkHeader } from './rows/header.js';
import { ndjsonRows } from './rows/ndjson-rows.js';
import { isUnreadable, type ReadRow, type UnreadableRow } from './rows/source-row.js';
import { untilAborted } from './rows/until-aborted.js';

export type ImportFormat = 'csv' | 'ndjson';

export interface ImportRequest {
  readonly kind: ImportKind;
  readonly format: ImportFormat;
  readonly source: AsyncIterable<Uint8Array>;
  /** Left out: the file has the import's own columns. */
  readonly map?: ImportMap;
  /** Checks what can be checked without the ledger, and records nothing. */
  readonly dryRun: boolean;
  /** Whether the documents after a rejected one are still taken. */
  readonly onError: 'skip' | 'stop';
  /** Who imports. */
  readonly envelope: CommandEnvelope;
  /** Calls the import off: what is under way is settled, documents not yet complete are left out. */
  readonly signal?: AbortSignal;
  /** Told after every piece of the file. */
  onProgress?(counts: ImportCounts): void;
}

export interface ImportResult {
  readonly answer: ImportAnswer;
  /** Why the ledger could not take more, when the answer says that it `failed`. */
  readonly failure?: unknown;
}

/** Documents that are under way at a time. */
const IN_FLIGHT = 256;

/** Imports files: rows become documents, documents become commands. */
export class Importer {
  /** @param ledger the ledger's calendar */
  constructor(
    private readonly commands: CommandSender,
    private readonly ledger: ZonedCalendar,
  ) {}

  /**
   * Reads a file to its end, or to where it must stop, and settles all that it has sent. Faults of rows and documents are
   * in the answer; so is a failure of the ledger or of the source, after which the same import can be sent again.
   * @throws Problem 403 for a kind that the sender may not import, 422 for a header without the right columns
   */
  async run(request: ImportRequest): Promise<ImportResult> {
    const { envelope, kind, map } = request;
    if (kind === 'exchange-rates' && !hasPermission(envelope.role, 'administration')) {
      throw new Problem(403, 'forbidden', 'Exchange rates are set by administrators only.');
    }
    const rows = map === undefined ? plainMapping(kind) : mapping(map, kind, this.ledger);
    return new ImportRun(request, rows, new DocumentSender(this.commands, importEnvelope(envelope))).run();
  }
}

/** An idempotency key or a revision would be meant for one stream; an import writes many. */
function importEnvelope({ actor, role, member, correlationId, receivedAt }: CommandEnvelope): CommandEnvelope {
  return { actor, role, ...(member !== undefined && { member }), source: 'import', correlationId, receivedAt };
}

class ImportRun {
  readonly #tally = new ImportTally();
  readonly #assembly = new DocumentAssembly();
  /** In the order in which they were sent, and in which they are counted. */
  readonly #underWay: Promise<DocumentOutcome>[] = [];
  #stopped: StopReason | undefined;
  #failure: unknown;

  constructor(
    private readonly request: ImportRequest,
    private readonly mapping: RowMapping,
    private readonly sender: DocumentSender,
  ) {}

  async run(): Promise<ImportResult> {
    const { dryRun, kind, signal } = this.request;
    try {
      for await (const rows of this.#read()) {
        for (const row of rows) {
          // What is called off may have ended in the middle of a row.
          if (signal?.aborted) this.#stop('interrupted');
          if (this.#stopped !== undefined) break;
          await this.#takeRow(row);
        }
        if (this.#stopped !== undefined) break;
        this.request.onProgress?.(this.#tally.counts());
      }
      if (signal?.aborted) this.#stop('interrupted');
      if (this.#stopped === undefined) await this.#takeDocuments(this.#assembly.completeAll());
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw error;
      if (signal?.aborted) this.#stop('interrupted');
      else this.#fail(error);
    }
    while (this.#underWay.length > 0) await this.#countOldest();
    this.request.onProgress?.(this.#tally.counts());
    const answer = this.#tally.answer(kind, dryRun, this.#stopped);
    return this.#stopped === 'failed' ? { answer, failure: this.#failure } : { answer };
  }

  #read(): AsyncGenerator<readonly ReadRow[]> {
    const { format, map, signal } = this.request;
    const { required, allowed } = this.mapping;
    const source = untilAborted(this.request.source, signal);
    if (format === 'ndjson') return ndjsonRows(source, map ?? {});
    return csvRows(source, map ?? {}, (columns) => checkHeader(columns, required, allowed));
  }

  async #takeRow(row: ReadRow): Promise<void> {
    this.#tally.rows += 1;
    if (isUnreadable(row)) {
      this.#takeUnreadable(row);
      return;
    }
    const mapped = this.mapping.apply(row);
    const single = mapped === undefined ? undefined : this.#assembly.take(mapped);
    await this.#takeDocuments(this.#assembly.completeBefore(row.row));
    if (single !== undefined) await this.#takeDocument(single);
  }

  /**
   * Nobody can tell which document the row belongs to, and a document must not be recorded with a row missing: where
   * documents have several rows the import ends here, without those that are not complete.
   */
  #takeUnreadable({ row, unreadable, last }: UnreadableRow): void {
    const { line } = IMPORT_FORMS[this.request.kind];
    const open = this.#assembly.open;
    const ends = last || line !== undefined;
    const left = open === 0 ? '' : ` ${open} documents that were not complete by then are left out.`;
    const message = ends ? `${unreadable.message} The import ends here.${left}` : unreadable.message;
    this.#tally.rejected += 1 + (ends ? open : 0);
    // What is wrong with the documents left out is told all the same: whoever mends the row mends that as well.
    const others = ends ? this.#assembly.completeAll().flatMap(({ errors }) => errors) : [];
    this.#tally.note([...others, { row, ...unreadable, message }]);
    if (ends) this.#stop('unreadable');
    else this.#onRejected();
  }

  async #takeDocuments(documents: readonly ImportDocument[]): Promise<void> {
    for (const document of documents) {
      if (this.#stopped !== undefined) return;
      await this.#takeDocument(document);
    }
  }

  async #takeDocument(document: ImportDocument): Promise<void> {
    const commands = document.errors.length > 0 ? document.errors : commandsOf(document);
    if (!('command' in commands)) this.#underWay.push(Promise.resolve({ outcome: 'rejected', errors: commands }));
    else if (this.request.dryRun) this.#underWay.push(Promise.resolve({ outcome: 'accepted' }));
    else this.#underWay.push(this.sender.send(document, commands));
    if (this.#underWay.length >= IN_FLIGHT) await this.#countOldest();
  }

  async #countOldest(): Promise<void> {
    const outcome = await this.#underWay.shift();
    switch (outcome?.outcome) {
      case 'accepted':
      case 'skipped':
        this.#tally[outcome.outcome] += 1;
        if (outcome.position !== undefined) this.#tally.reached(outcome.position);
        break;
      case 'rejected':
        this.#tally.rejected += 1;
        this.#tally.note(outcome.errors);
        this.#onRejected();
        break;
      case 'failed':
        this.#fail(outcome.cause);
        break;
    }
  }

  #onRejected(): void {
    if (this.request.onError === 'stop') this.#stop('rejected');
  }

  #fail(cause: unknown): void {
    if (this.#stopped === 'failed') return;
    this.#stopped = 'failed';
    this.#failure = cause;
  }

  #stop(reason: StopReason): void {
    this.#stopped ??= reason;
  }
}
