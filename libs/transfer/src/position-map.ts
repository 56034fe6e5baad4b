import { type FileHandle, open } from 'node:fs/promises';
import type { PositionPair } from './compare-logs.js';
import { TransferRefused } from './transfer-refused.js';

const HEADER = 'source,target,events\n';
const LINE = /^(\d{1,20}),(\d{1,20}),(\d{1,15})$/;
/** Longer than any two lines. */
const TAIL_BYTES = 256;
/** Characters that are gathered before they are written. */
const WRITTEN_AT = 65_536;

/**
 * The map of positions of a copy, a CSV file `source,target,events` in the order of the source: the event at `source + i` of
 * the source stands at `target + i` of the target, for each `i` from 0 to `events` - 1. It holds what was compared at both
 * ends and nothing else, so its last line also tells where a later run goes on.
 */
export class PositionMap {
  #waiting = '';
  #run: { source: bigint; target: bigint; events: bigint } | undefined;

  private constructor(
    private readonly file: FileHandle,
    /** Bytes that are in it, as far as this run knows. */
    private size: number,
    /** The last pair that an earlier run wrote. */
    readonly last: PositionPair | undefined,
  ) {}

  /**
   * Opens the file to add to it, or makes it, readable for its owner only. A line that an earlier run did not finish is
   * taken off.
   * @throws TransferRefused for a file that is no map of positions, or cannot be opened
   */
  static async open(path: string): Promise<PositionMap> {
    const file = await open(path, 'a+', 0o600).catch((cause: Error) => {
      throw new TransferRefused(`The map of positions ${path} cannot be opened: ${cause.message}`, { cause });
    });
    try {
      const { size } = await file.stat();
      const head = await textAt(file, 0, HEADER.length);
      if (!HEADER.startsWith(head)) throw noMap(path);
      if (head.length < HEADER.length) {
        await file.truncate(0);
        await file.appendFile(HEADER);
        return new PositionMap(file, HEADER.length, undefined);
      }
      const from = Math.max(0, size - TAIL_BYTES);
      const tail = await textAt(file, from, TAIL_BYTES);
      const lines = tail.slice(0, tail.lastIndexOf('\n') + 1);
      const end = from + lines.length;
      await file.truncate(end);
      const lastLine = lines.trimEnd().split('\n').at(-1) ?? '';
      if (`${lastLine}\n` === HEADER) return new PositionMap(file, end, undefined);
      return new PositionMap(file, end, lastPairOf(lastLine, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Adds an event; those of the source must come in order. */
  async add({ source, target }: PositionPair): Promise<void> {
    const run = this.#run;
    if (run !== undefined && source === run.source + run.events && target === run.target + run.events) {
      run.events += 1n;
      return;
    }
    this.#endRun();
    this.#run = { source, target, events: 1n };
    if (this.#waiting.length >= WRITTEN_AT) await this.#write();
  }

  /** Puts everything on the disk. @throws TransferRefused when another run has added to the file */
  async save(): Promise<void> {
    this.#endRun();
    await this.#write();
    await this.file.sync();
  }

  /** Saves and closes. */
  async close(): Promise<void> {
    try {
      await this.save();
    } finally {
      await this.file.close();
    }
  }

  #endRun(): void {
    if (this.#run !== undefined) this.#waiting += `${this.#run.source},${this.#run.target},${this.#run.events}\n`;
    this.#run = undefined;
  }

  async #write(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    if (text === '') return;
    const { size } = await this.file.stat();
    if (size !== this.size) {
      throw new TransferRefused('Another copy has written the map of positions meanwhile: run this one again.');
    }
    await this.file.appendFile(text);
    this.size += text.length;
  }
}

async function textAt(file: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead).toString('latin1');
}

function lastPairOf(line: string, path: string): PositionPair {
  const [, source, target, events] = LINE.exec(line) ?? [];
  if (source === undefined || target === undefined || events === undefined) throw noMap(path);
  const behind = BigInt(events) - 1n;
  return { source: BigInt(source) + behind, target: BigInt(target) + behind };
}

function noMap(path: string): TransferRefused {
  return new TransferRefused(`${path} is no map of positions: name another file by --positions, or move it away.`);
}
