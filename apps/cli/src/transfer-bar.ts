import { SingleBar } from 'cli-progress';
import type { TransferPhase, TransferProgress } from '#transfer';
import type { Terminal } from './terminal.js';

const LINE_EVERY_MS = 5_000;
const STEPS = 1_000;

const DOING: Readonly<Record<TransferPhase | 'projecting', string>> = {
  comparing: 'Comparing what is there',
  copying: 'Copying',
  'reading-back': 'Reading back',
  verifying: 'Verifying',
  projecting: 'Making the read models',
};

/** Shows how far a walk over a log is: a bar on a terminal, a line now and then elsewhere. */
export class TransferBar {
  #bar: SingleBar | undefined;
  #phase: string | undefined;
  #saidAt = Date.now();

  constructor(private readonly terminal: Terminal) {}

  readonly show = ({ events, phase, share }: Omit<TransferProgress, 'phase'> & { phase: keyof typeof DOING }): void => {
    if (phase !== this.#phase) this.#begin(phase);
    this.#bar?.update(Math.floor(share * STEPS), { events: grouped(events) });
    if (this.#bar !== undefined || Date.now() - this.#saidAt < LINE_EVERY_MS) return;
    this.#saidAt = Date.now();
    const count = events === 0 ? '' : `, ${grouped(events)} events`;
    this.terminal.err(`${DOING[phase]}: ${Math.floor(share * 100)} %${count}`);
  };

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #begin(phase: keyof typeof DOING): void {
    this.end();
    this.#phase = phase;
    if (!this.terminal.interactive) return;
    this.#bar = new SingleBar({
      format: `${DOING[phase]} {bar} {percentage} % · {events} events · {eta_formatted} left`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 200,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    this.#bar.start(STEPS, 0, { events: '0' });
  }
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Counts of keys by kind, in words. */
export function keysText(kinds: Readonly<Record<string, number>>): string {
  const counts = Object.entries(kinds).map(([kind, count]) => `${grouped(count)} ${kind}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

/** ` (1,234 a second)`, where it took long enough to say so. */
export function paceText(events: number, seconds: number): string {
  return seconds >= 1 && events > 0 ? ` (${grouped(Math.round(events / seconds))} a second)` : '';
}
