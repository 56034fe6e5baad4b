import { formatInstant, type ZonedCalendar } from '#calendar';
import type { Document, Filter, ReadStore } from '#event-sourcing';
import { lastMomentOf, STAGE_TRANSITIONS } from './projections/stage-transitions.projection.js';
import type { Stage } from './relationship.events.js';
import type { Spell } from './stage-statistics.js';

/**
 * The current spell, at the end of a day, of every account that had a transition by then; the others are on the first
 * stage.
 */
export async function spellsEntered(
  readStore: ReadStore,
  calendar: ZonedCalendar,
  day: number,
  filter: Filter = {},
): Promise<Map<string, Spell>> {
  const newest = await readStore.latestBy(STAGE_TRANSITIONS, {
    fields: ['accountId', 'to', 'day'],
    groupBy: ['accountId'],
    by: 'moment',
    upTo: lastMomentOf(formatInstant(calendar.endOfDay(day))),
    filter,
  });
  return new Map(newest.map((row) => [String(row.accountId), spellOf(row)]));
}

function spellOf({ to, day }: Document): Spell {
  return { stage: to as Stage, since: Number(day) };
}
