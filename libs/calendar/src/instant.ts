import { dayNumber, daysInMonth } from './civil-date.js';

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})$/;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?$/;
const DAY_MS = 86_400_000;

/** Milliseconds since 1970-01-01T00:00Z of an ISO 8601 instant with offset, cut to milliseconds; `undefined` for any other text. */
export function parseInstant(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const local = wallClock(match);
  if (local === undefined) return undefined;
  const offset = offsetMinutes(match[8] ?? 'Z');
  return offset === undefined ? undefined : local - offset * 60_000;
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ` */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The instant in the form in which events carry it (UTC, milliseconds). @throws RangeError for a text without offset or day */
export function normalizeInstant(text: string): string {
  const instant = parseInstant(text);
  if (instant === undefined) throw new RangeError('not an ISO 8601 instant with offset');
  return formatInstant(instant);
}

function wallClock(match: RegExpExecArray): number | undefined {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)];
  const millisecond = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return dayNumber({ year, month, day }) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

function offsetMinutes(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(4, 6))];
  if (hours > 18 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** The calendar of one time zone (IANA name). */
export class ZonedCalendar {
  readonly #format: Intl.DateTimeFormat | undefined;
  /** Offset of each quarter of an hour already asked for: zones change theirs on such boundaries only. */
  readonly #offsets = new Map<number, number>();

  /** @throws RangeError for a name that is no time zone */
  constructor(readonly zone: string) {
    const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    this.#format = format.resolvedOptions().timeZone === 'UTC' ? undefined : format;
  }

  /** Day number of an instant (milliseconds) in the zone. */
  dayOf(instant: number): number {
    return Math.floor((instant + this.#offset(instant)) / DAY_MS);
  }

  /** Day number in the zone of an instant in the form that events carry. @throws RangeError for another form */
  dayOfText(instant: string): number {
    const milliseconds = parseInstant(instant);
    if (milliseconds === undefined) throw new RangeError('not an ISO 8601 instant with offset');
    return this.dayOf(milliseconds);
  }

  /** The first instant of a day in the zone; where the clock skips midnight, the first one after it. */
  startOfDay(day: number): number {
    return this.instantAt(day * DAY_MS);
  }

  /** The last millisecond of a day in the zone. */
  endOfDay(day: number): number {
    return this.startOfDay(day + 1) - 1;
  }

  /**
   * The instant of a local time without zone (`2011-12-09`, `2011-12-09 12:50[:00]`), read in this zone; in a gap or an
   * overlap of the clock the earlier offset holds. `undefined` for any other text.
   */
  parseLocal(text: string): number | undefined {
    const match = LOCAL.exec(text);
    if (match === null) return undefined;
    const local = wallClock(match);
    return local === undefined ? undefined : this.instantAt(local);
  }

  /** The instant at which the zone's wall clock shows this time, given as if it were UTC milliseconds. */
  instantAt(local: number): number {
    const early = local - this.#offset(local - DAY_MS);
    if (early + this.#offset(early) === local) return early;
    const late = local - this.#offset(local + DAY_MS);
    return late + this.#offset(late) === local ? late : early;
  }

  #offset(instant: number): number {
    if (this.#format === undefined) return 0;
    const quarter = Math.floor(instant / 900_000);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const at = quarter * 900_000;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(at)) parts[type] = Number(value);
    const shown =
      dayNumber({ year: parts.year ?? 0, month: parts.month ?? 1, day: parts.day ?? 1 }) * DAY_MS +
      (((parts.hour ?? 0) * 60 + (parts.minute ?? 0)) * 60 + (parts.second ?? 0)) * 1000;
    const offset = shown - at;
    if (this.#offsets.size >= 100_000) this.#offsets.clear();
    this.#offsets.set(quarter, offset);
    return offset;
  }
}

/** Day number of the civil date that an instant shows in UTC. */
export function utcDay(instant: number): number {
  return Math.floor(instant / DAY_MS);
}
