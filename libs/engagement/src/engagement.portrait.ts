import { formatInstant } from '#calendar';
import type { ReadStore } from '#event-sourcing';
import type { AccountFacet, LedgerSettings, PortraitPart } from '#platform';
import { NEWEST_VISITS } from './engagement.queries.js';
import { visitsProjection } from './projections/visits.projection.js';
import { cadenceAnswer, dueDates } from './visit-answers.js';
import { VisitCalendar } from './visit-calendar.js';

/** So many of the newest visits are asked for their next steps. */
const VISITS_WITH_STEPS = 10;

/**
 * The member `engagement` of a portrait: `{lastVisitAt, dueOn, overdueOn, overdue, daysOverdue, cadence, nextSteps}`,
 * `nextSteps` being those of the ten newest visits, newest first: `[{visitId, visitedAt, text, due}]`. No fact closes
 * one yet, so all of them are open.
 */
export function engagementPart(settings: LedgerSettings, readStore: ReadStore): PortraitPart {
  const visitCalendar = new VisitCalendar(readStore, settings);

  async function nextSteps(accountId: string, asOf: number) {
    const rows = await readStore.find(visitsProjection.collection.name, {
      filter: {
        accountId: { eq: accountId },
        visitedAt: { lte: formatInstant(settings.calendar.endOfDay(asOf)) },
      },
      sort: NEWEST_VISITS,
      limit: VISITS_WITH_STEPS,
    });
    return rows.flatMap(({ visitId, visitedAt, nextStep }) => {
      if (nextStep === null) return [];
      const { text, due } = nextStep as { readonly text: string; readonly due?: string };
      return [{ visitId: String(visitId), visitedAt: String(visitedAt), text, due: due ?? null }];
    });
  }

  return {
    key: 'engagement',
    async load(accountId, asOf) {
      const [standing, steps] = await Promise.all([visitCalendar.of(accountId, asOf), nextSteps(accountId, asOf)]);
      const inForce = cadenceAnswer(standing);
      return { ...dueDates(standing), cadence: inForce === null ? null : { ...inForce }, nextSteps: steps };
    },
  };
}

/** The facet `overdueVisit` of every account: whether its next visit is overdue; false where none is due at all. */
export function overdueVisitFacet(settings: LedgerSettings, readStore: ReadStore): AccountFacet {
  const visitCalendar = new VisitCalendar(readStore, settings);
  return {
    key: 'overdueVisit',
    absent: false,
    async load(asOf) {
      const standings = await visitCalendar.all(asOf);
      return new Map(standings.filter(({ due }) => due?.overdue === true).map(({ accountId }) => [accountId, true]));
    },
  };
}
