import { List } from 'immutable';
import { formatInstant, type ZonedCalendar } from '#calendar';
import type { JsonValue } from '#event-sourcing';

/** A value and the instant from which on it holds (ISO 8601, UTC, milliseconds, or {@link SINCE_EVER}). */
export type Dated<Value> = readonly [at: string, value: Value];

/** Values by date; of the same date the later recorded one last. */
export type Timeline<Value> = List<Dated<Value>>;

/** The date of what holds at all dates before the first real one; below every instant. */
export const SINCE_EVER = '';

/** Above every instant of the years 0001 to 9999. */
const END_OF_TIME = '9999-12-31T24';

/** The timeline with one more fact. Facts come in the order of their dates but for late ones, so the place is looked for from the end. */
export function withFact<Value>(timeline: Timeline<Value>, at: string, value: Value): Timeline<Value> {
  let place = timeline.size;
  while (place > 0 && (timeline.get(place - 1)?.[0] ?? '') > at) place--;
  return place === timeline.size ? timeline.push([at, value]) : timeline.insert(place, [at, value]);
}

/** What holds at an instant; `undefined` before the first fact. */
export function valueAt<Value>(timeline: Timeline<Value>, at: string): Value | undefined {
  return timeline.findLast(([from]) => from <= at)?.[1];
}

/** What holds at an instant; before the first fact its value, which is taken to have held since ever. */
export function knownAt<Value>(timeline: Timeline<Value>, at: string): Value | undefined {
  return (timeline.findLast(([from]) => from <= at) ?? timeline.first())?.[1];
}

/** What the facts dated before an instant (such as {@link endOfDay}) make; as in {@link knownAt} for the first one. */
export function knownBefore<Value>(timeline: Timeline<Value>, instant: string): Value | undefined {
  return (timeline.findLast(([from]) => from < instant) ?? timeline.first())?.[1];
}

/** What holds once all of the facts count. */
export function newestValue<Value>(timeline: Timeline<Value>): Value | undefined {
  return timeline.last()?.[1];
}

/** The value of the first fact. */
export function firstValue<Value>(timeline: Timeline<Value>): Value | undefined {
  return timeline.first()?.[1];
}

/** A timeline whose values are JSON, as JSON. */
export function writtenTimeline<Value extends JsonValue>(timeline: Timeline<Value>): JsonValue {
  return timeline.toArray();
}

/** What {@link writtenTimeline} was given. */
export function readTimeline<Value extends JsonValue>(json: JsonValue): Timeline<Value> {
  return List(json as unknown as readonly Dated<Value>[]);
}

/** The first instant that a day's facts are all before, in the form that events carry. */
export function endOfDay(calendar: ZonedCalendar, day: number): string {
  const instant = formatInstant(calendar.startOfDay(day + 1));
  return instant.startsWith('+') ? END_OF_TIME : instant;
}
