import { SingleBar } from 'cli-progress';
import type { ImportCounts } from '#imports';
import type { SourceFile } from './source-file.js';
import type { Terminal } from './terminal.js';

const LINE_EVERY_MS = 5_000;

/** Shows how far an import is: a bar on a terminal, a line now and then elsewhere. */
export class ImportProgress {
  readonly #bar: SingleBar | undefined;
  #saidAt = Date.now();

  constructor(
    private readonly terminal: Terminal,
    private readonly file: SourceFile,
  ) {
    if (!terminal.interactive) return;
    this.#bar = new SingleBar({
      format: '{bar} {percentage} % · {rows} rows · {documents} documents · {rejected} rejected · {eta_formatted} left',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 200,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    this.#bar.start(Math.max(file.totalBytes, 1), 0, { rows: 0, documents: 0, rejected: 0 });
  }

  show({ rows, documents: { accepted, rejected, skipped } }: ImportCounts): void {
    const documents = accepted + skipped + rejected;
    this.#bar?.update(this.file.readBytes(), { rows, documents, rejected });
    if (this.#bar !== undefined || Date.now() - this.#saidAt < LINE_EVERY_MS) return;
    this.#saidAt = Date.now();
    const percent = Math.floor((100 * this.file.readBytes()) / Math.max(this.file.totalBytes, 1));
    this.terminal.err(`${percent} % read: ${rows} rows, ${documents} documents, ${rejected} rejected`);
  }

  end(): void {
    this.#bar?.stop();
  }
}
