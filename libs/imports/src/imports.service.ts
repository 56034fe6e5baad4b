import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  COMMAND_SENDER,
  type CommandEnvelope,
  type CommandSender,
  LEDGER_SETTINGS,
  type LedgerSettings,
  Problem,
} from '#platform';
import { readParameters } from './http/import-parameters.js';
import { formatOf } from './http/import-parsers.js';
import type { ImportAnswer } from './import-answer.js';
import { Importer } from './importer.js';

/** Imports that come over HTTP. */
@Injectable()
export class ImportsService implements OnModuleDestroy {
  readonly #importer: Importer;
  readonly #shutdown = new AbortController();

  constructor(@Inject(COMMAND_SENDER) commands: CommandSender, @Inject(LEDGER_SETTINGS) settings: LedgerSettings) {
    this.#importer = new Importer(commands, settings.calendar);
  }

  /** Calls off the imports under way: they are answered with what they have come to. */
  onModuleDestroy(): void {
    this.#shutdown.abort();
  }

  /**
   * @throws Problem 415 for another media type, 400 for a wrong parameter, 403 and 422 as {@link Importer.run}, 503 when the
   * ledger could not take more: what was taken stays, and the same import can be sent again
   */
  async import(
    contentType: string | undefined,
    query: unknown,
    body: Readable,
    envelope: CommandEnvelope,
  ): Promise<ImportAnswer> {
    const format = formatOf(contentType);
    const { dryRun, kind, onError = 'skip' } = readParameters(query);
    try {
      const { answer, failure } = await this.#importer.run({
        kind,
        format,
        // The connection is still needed for the answer when the import ends before its file.
        source: body.iterator({ destroyOnReturn: false }),
        dryRun: dryRun === 'true',
        onError,
        envelope,
        signal: this.#shutdown.signal,
      });
      if (failure !== undefined) throw this.#failureOf(failure, body);
      return answer;
    } finally {
      // A client that is still sending must be let finish before it reads the answer.
      if (!this.#shutdown.signal.aborted) body.resume();
    }
  }

  #failureOf(failure: unknown, body: Readable): unknown {
    if (body.errored === null) return failure;
    return new Problem(400, 'body-cut-off', 'The body ended before its end.', { cause: failure });
  }
}
