import type { LoggerService } from '@nestjs/common';
import { LOG_CONTEXT } from './telemetry-names.js';

/** From the most talkative on. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says besides its message; a member that is undefined is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Longer messages and stacks are cut, so that no line outgrows a collector. */
const LONGEST_TEXT = 8_000;

/** Who speaks of the ledger. What others say at `info` is what they have set up, the same at every start. */
const OWN = new Set<unknown>(Object.values(LOG_CONTEXT));

/**
 * The one place where log lines are made, for every process: one JSON object a line, `time`, `level`, `context`, `message`
 * first. Also the logger of Nest, whose own remarks on setting up are left out.
 */
export class JsonLog implements LoggerService {
  readonly #lowest: number;

  /** @param write takes a whole line; default: standard output */
  constructor(
    level: LogLevel = 'info',
    private readonly write: (line: string) => void = (line) => void process.stdout.write(line),
    private readonly now: () => string = () => new Date().toISOString(),
  ) {
    this.#lowest = LOG_LEVELS.indexOf(level);
  }

  /** Whether lines of this level are written, for those who would have to gather one first. */
  writes(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#lowest;
  }

  line(level: LogLevel, context: string, message: string, fields: LogFields = {}): void {
    if (!this.writes(level)) return;
    this.write(`${JSON.stringify({ time: this.now(), level, context, message: cut(message), ...cutAll(fields) })}\n`);
  }

  log(message: unknown, ...more: unknown[]): void {
    if (OWN.has(more.at(-1))) this.#say('info', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#say('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#say('debug', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#say('warn', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.#say('error', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#say('error', message, more);
  }

  /** Nest's way of speaking: a text, an error or an object with `message`; then perhaps a stack; its context last. */
  #say(level: LogLevel, said: unknown, more: readonly unknown[]): void {
    const texts = more.filter((each): each is string => typeof each === 'string');
    const context = texts.at(-1) ?? 'Ledger';
    const stack = texts.length > 1 ? { error: texts[0] } : {};
    if (said instanceof Error) this.line(level, context, said.message, { error: said.stack });
    else if (typeof said === 'object' && said !== null && 'message' in said) {
      const { message, ...fields } = said;
      this.line(level, context, String(message), { ...stack, ...(fields as LogFields) });
    } else this.line(level, context, String(said), stack);
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

function cutAll(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? cut(value) : value]),
  );
}
