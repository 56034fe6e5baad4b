import { setTimeout } from 'node:timers/promises';
import type { ApiClient } from '#test/e2e/ledger-process';

/** A command that was answered with 2xx. */
export interface Acknowledged {
  readonly stream: string;
  readonly commandId: string;
  readonly revision: number;
  readonly eventIds: readonly string[];
  readonly position: bigint;
}

type Send = readonly [path: string, body: Readonly<Record<string, unknown>>];

const PAUSE = 25;

/**
 * Clients that send commands without end, each one at a time, and repeat one with the same key and body until it is
 * acknowledged, however often the ledger's processes die meanwhile.
 */
export class Writers {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that are neither 2xx nor a reason to try again. There must be none. */
  readonly refused: string[] = [];
  readonly #client: () => ApiClient;
  readonly #accounts: readonly string[];
  readonly #prefix: string;
  readonly #writers: number;
  readonly #ended: Promise<unknown>;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  #waiting = 0;
  #stopped = false;

  constructor(client: () => ApiClient, accounts: readonly string[], { writers, prefix }: WritersOptions) {
    this.#client = client;
    this.#accounts = accounts;
    this.#prefix = prefix;
    this.#writers = writers;
    this.#ended = Promise.all(Array.from({ length: writers }, (_, writer) => this.#write(writer)));
  }

  /** Resolves when each writer has its answer and sends nothing more. */
  async pause(): Promise<void> {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
    while (this.#waiting < this.#writers) await setTimeout(5);
  }

  resume(): void {
    this.#gate = Promise.resolve();
    this.#open();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.resume();
    await this.#ended;
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; ; n++) {
      this.#waiting += 1;
      await this.#gate;
      this.#waiting -= 1;
      if (this.#stopped) return;
      const account = this.#accounts[(writer * 7 + n) % this.#accounts.length] ?? '';
      await this.#untilAcknowledged(account, `${this.#prefix}-${writer}-${n}`, commandOf(account, writer, n));
    }
  }

  async #untilAcknowledged(account: string, commandId: string, [path, body]: Send): Promise<void> {
    while (!this.#stopped) {
      try {
        const answer = await this.#client().request('POST', path, body, {
          'idempotency-key': commandId,
        });
        if (answer.status < 300) {
          const { revision, position, events } = answer.body;
          const eventIds = events.map(({ eventId }: { eventId: string }) => eventId);
          this.acknowledged.push({
            stream: `account-${account}`,
            commandId,
            revision,
            eventIds,
            position: BigInt(position),
          });
          return;
        }
        if (answer.status !== 503) {
          this.refused.push(`${path}: ${answer.status} ${answer.text}`);
          return;
        }
      } catch {
        // Nobody listens, or the connection broke: whether it was stored is settled by sending it again.
      }
      await setTimeout(PAUSE);
    }
  }
}

export interface WritersOptions {
  readonly writers: number;
  /** Begins the idempotency keys. */
  readonly prefix: string;
}

function commandOf(account: string, writer: number, n: number): Send {
  const path = `/v1/accounts/${account}`;
  const day = `2025-0${1 + (n % 9)}-1${writer % 10}T10:00:00Z`;
  switch (n % 4) {
    case 0:
      return [`${path}/visits`, { channel: 'phone', visitedAt: day }];
    case 1:
      return [`${path}/surveys`, { metric: 'nps', score: (writer + n) % 11, scoredAt: day }];
    default:
      return [
        `${path}/orders`,
        {
          placedAt: day,
          currency: 'EUR',
          lines: [{ sku: `sku-${n}`, quantity: 1 + (n % 3), unitPrice: `${writer}.25`, unitCost: '0.1' }],
        },
      ];
  }
}
