import { setTimeout as pause } from 'node:timers/promises';
import { type CommandEnvelope, type CommandReceipt, type CommandSender, LedgerCommand, Problem } from '#platform';
import type { ImportError } from '../import-answer.js';
import { type CommandDraft, type DocumentCommands, sentence } from './document-commands.js';
import type { ImportDocument } from './import-document.js';
import { RecentKeys } from './recent-keys.js';

/** What became of a document. */
export type DocumentOutcome =
  | { readonly outcome: 'accepted' | 'skipped'; readonly position?: bigint }
  | { readonly outcome: 'rejected'; readonly errors: readonly ImportError[] }
  /** It could not be settled, by no fault of the document. */
  | { readonly outcome: 'failed'; readonly cause: unknown };

interface Attempt {
  readonly outcome: DocumentOutcome;
  /** Whether the document's own command made events. */
  readonly recorded: boolean;
}

/** Pauses before a document is sent again that the ledger could not take for the moment. */
const PAUSES_MS = [100, 400, 1_600, 5_000];
const REMEMBERED_ACCOUNTS = 200_000;

/**
 * Sends documents as commands, each account's registration before its first document. Documents of one account are
 * decided in the order in which they are sent: nothing is awaited before a command is handed over.
 */
export class DocumentSender {
  /** Accounts that are ensured or about to be, with the name that was told last. */
  readonly #ensured = new RecentKeys<{ readonly name: string; readonly done: Promise<unknown> }>(REMEMBERED_ACCOUNTS);

  constructor(
    private readonly commands: CommandSender,
    private readonly envelope: CommandEnvelope,
  ) {}

  /** Never rejects. */
  async send(document: ImportDocument, commands: DocumentCommands): Promise<DocumentOutcome> {
    const [first, ...later] = PAUSES_MS;
    let attempt = await this.#attempt(document, commands);
    let recorded = attempt.recorded;
    for (const milliseconds of first === undefined ? [] : [first, ...later]) {
      if (attempt.outcome.outcome !== 'failed' || !isPassing(attempt.outcome.cause)) break;
      await pause(milliseconds);
      attempt = await this.#attempt(document, commands);
      recorded ||= attempt.recorded;
    }
    const { outcome } = attempt;
    // Known only because an earlier attempt recorded it, which failed to register the account's name.
    return recorded && outcome.outcome === 'skipped' ? { ...outcome, outcome: 'accepted' } : outcome;
  }

  async #attempt(document: ImportDocument, { command, ensure }: DocumentCommands): Promise<Attempt> {
    const ensuring = ensure === undefined ? undefined : this.#ensure(ensure);
    const [ensured, sent] = await Promise.allSettled([ensuring, this.#command(command)]);
    const recorded = sent.status === 'fulfilled' && sent.value.events.length > 0;
    // A document whose account could not be registered is refused for that, whatever its own refusal says.
    if (ensured.status === 'rejected') return { outcome: refusal(ensured.reason, document, 'accountId'), recorded };
    if (sent.status === 'rejected') {
      return { outcome: refusal(sent.reason, document, document.form.identity.at(-1) ?? null), recorded };
    }
    return { outcome: { outcome: recorded ? 'accepted' : 'skipped', position: sent.value.position }, recorded };
  }

  /** Sends nothing when the account was ensured before, or is being so, under this name or any if none is told. */
  #ensure(ensure: NonNullable<DocumentCommands['ensure']>): Promise<unknown> {
    const { accountId, name = '' } = ensure;
    const known = this.#ensured.get(accountId);
    if (known !== undefined && (name === '' || name === known.name)) return known.done;
    const done = this.#command(ensure);
    const told = { name, done };
    this.#ensured.set(accountId, told);
    // Those who wait for it are told of a failure; here it only must not count as done.
    done.catch(() => this.#ensured.delete(accountId));
    return done;
  }

  #command({ definition, params, body }: CommandDraft): Promise<CommandReceipt> {
    return this.commands.send(new LedgerCommand(definition, params, body, this.envelope));
  }
}

function refusal(cause: unknown, document: ImportDocument, field: string | null): DocumentOutcome {
  if (!(cause instanceof Problem) || cause.status >= 500) return { outcome: 'failed', cause };
  const { code, detail, more } = cause;
  const member = more.errors?.[0]?.path.split('/')[1];
  const blamed = member !== undefined && member in document.header ? member : field;
  const row = (blamed === null ? undefined : document.headerRows[blamed]) ?? document.row;
  return { outcome: 'rejected', errors: [{ row, field: blamed, code, message: sentence(detail) }] };
}

function isPassing(cause: unknown): boolean {
  return cause instanceof Problem && cause.status === 503;
}
