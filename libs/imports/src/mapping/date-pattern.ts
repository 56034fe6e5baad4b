import { daysInMonth } from '#calendar';

const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  M: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{2})',
  d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})',
  H: '(?<hour>\\d{1,2})',
  hh: '(?<hour12>\\d{2})',
  h: '(?<hour12>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<millisecond>\\d{3})',
  a: '(?<half>[AaPp][Mm])',
};

/** A date and a time of day as a wall clock shows them: `2011-12-09`, `2011-12-09T12:50:00.000`. */
export interface WallClock {
  readonly date: string;
  readonly time: string;
}

/**
 * Reads dates by a pattern of the letters of Unicode TR 35 (`yyyy-MM-dd HH:mm:ss`, `d/M/yyyy h:mm a`); texts between
 * single quotes and all that is no letter stand for themselves.
 */
export class DatePattern {
  readonly #expression: RegExp;
  /** Whether the pattern has a time of day. */
  readonly hasTime: boolean;

  /** @throws RangeError for a pattern that it does not understand; the message is for a person */
  constructor(pattern: string) {
    let expression = '';
    const seen = new Set<string>();
    for (const [part, quoted, letters] of pattern.matchAll(/'([^']*)'|(([A-Za-z])\3*)|[^A-Za-z]/g)) {
      if (letters === undefined) {
        expression += escaped(quoted ?? part);
        continue;
      }
      const token = TOKENS[letters];
      if (token === undefined) {
        throw new RangeError(
          `"${letters}" is none of ${Object.keys(TOKENS).join(' ')} (other letters go between single quotes)`,
        );
      }
      const name = /<(\w+)>/.exec(token)?.[1] ?? letters;
      if (seen.has(name)) throw new RangeError(`"${letters}" names the ${name} twice`);
      seen.add(name);
      expression += token;
    }
    for (const name of ['year', 'month', 'day']) {
      if (!seen.has(name)) throw new RangeError(`the ${name} is missing`);
    }
    if (seen.has('hour12') !== seen.has('half')) throw new RangeError('h and a go together');
    if (seen.has('hour') && seen.has('hour12')) throw new RangeError('the hour is there twice');
    this.hasTime = seen.has('hour') || seen.has('hour12');
    this.#expression = new RegExp(`^${expression}$`);
  }

  /** `undefined` when the text has another form or is no date. */
  read(text: string): WallClock | undefined {
    const parts = this.#expression.exec(text.trim())?.groups;
    if (parts === undefined) return undefined;
    const [year, month, day] = [Number(parts.year), Number(parts.month), Number(parts.day)];
    const [hour, minute, second] = [hourOf(parts), Number(parts.minute ?? 0), Number(parts.second ?? 0)];
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
    if (hour === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
    return {
      date: `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`,
      time: `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}.${parts.millisecond ?? '000'}`,
    };
  }
}

function hourOf(parts: Readonly<Record<string, string | undefined>>): number | undefined {
  if (parts.hour12 === undefined) return Number(parts.hour ?? 0);
  const hour = Number(parts.hour12);
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (parts.half?.toLowerCase() === 'pm' ? 12 : 0);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
