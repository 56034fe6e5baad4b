import type { CommandEnvelope, CommandReceipt, CommandSender, LedgerCommand } from '#platform';

/** A file of that text, in pieces of so many bytes. */
export async function* fileOf(text: string, pieceBytes = 64): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'utf8');
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

export const ENVELOPE: CommandEnvelope = {
  actor: 'erp',
  role: 'admin',
  source: 'http',
  correlationId: 'correlation-1',
  receivedAt: '2026-11-23T09:00:00.000Z',
};

/** A sent command, without what all of them share. */
export interface SentCommand {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Takes every command and remembers it; knows each subject and body once, as the ledger does. */
export class RecordingSender implements CommandSender {
  readonly commands: LedgerCommand[] = [];
  readonly #known = new Set<string>();
  #position = 0n;
  inFlight = 0;
  mostInFlight = 0;

  /** @param refuse throws for a command that is to be refused */
  constructor(private readonly refuse: (command: LedgerCommand, attempt: number) => void = () => undefined) {}

  get sent(): SentCommand[] {
    return this.commands.map(({ body, definition, params }) => ({ type: definition.type, params, body }));
  }

  sentOf(type: string): SentCommand[] {
    return this.sent.filter((command) => command.type === type);
  }

  async send(command: LedgerCommand): Promise<CommandReceipt> {
    this.commands.push(command);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    const attempt = this.commands.length;
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    this.refuse(command, attempt);
    const content = JSON.stringify([command.definition.type, command.params, command.body]);
    const isKnown = this.#known.has(content);
    if (!isKnown) {
      this.#known.add(content);
      this.#position += 1n;
    }
    return {
      ids: { ...command.params },
      revision: Number(this.#position),
      position: this.#position,
      events: isKnown ? [] : [{ eventId: `event-${this.#position}`, type: `${command.definition.type}.v1` }],
      replayed: false,
    };
  }
}
