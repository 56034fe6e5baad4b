import { SingleBar } from 'cli-progress';
import type { RebuildPhase, RebuildRecord } from '#platform';
import type { Terminal } from './terminal.js';

const LINE_EVERY_MS = 5_000;

const PHASES: Readonly<Record<RebuildPhase, string>> = {
  planned: 'planning',
  building: 'making them from the log',
  comparing: 'comparing with those that serve',
  compared: 'compared',
  switching: 'switching',
  following: 'waiting until everybody has turned to them',
  done: 'done',
  abandoned: 'given up',
};

/** Shows how far a rebuild is: a bar on a terminal, a line a phase and now and then elsewhere. */
export class RebuildProgress {
  readonly #bar: SingleBar | undefined;
  #phase: RebuildPhase | undefined;
  #saidAt = 0;

  constructor(private readonly terminal: Terminal) {
    if (!terminal.interactive) return;
    this.#bar = new SingleBar({
      format: '{bar} {percentage} % of the log · {phase} · {documents} documents compared · {differing} differ',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    this.#bar.start(100, 0, { phase: PHASES.planned, documents: 0, differing: 0 });
  }

  show(record: RebuildRecord): void {
    const { differing, documents, phase } = record;
    const percent = percentOf(record);
    this.#bar?.update(percent, { phase: PHASES[phase], documents, differing });
    if (this.#bar !== undefined) return;
    if (phase === this.#phase && Date.now() - this.#saidAt < LINE_EVERY_MS) return;
    this.#phase = phase;
    this.#saidAt = Date.now();
    const compared = documents > 0 ? `, ${documents} documents compared, ${differing} differ` : '';
    this.terminal.err(`${percent} % of the log: ${PHASES[phase]}${compared}`);
  }

  say(text: string): void {
    this.terminal.err(text);
  }

  end(): void {
    this.#bar?.stop();
  }
}

/** Positions grow with the log, though not always by one an event: good enough to wait by. */
function percentOf({ head, position }: RebuildRecord): number {
  const [part, whole] = [BigInt(position), BigInt(head)];
  if (whole === 0n) return 0;
  return Math.min(100, Number((100n * part) / whole));
}
