import { formatDate, formatInstant, type ZonedCalendar } from '#calendar';
import type { JsonValue, ReadStore } from '#event-sourcing';
import type { AccountDirectory, AccountFacet, PortraitPart } from '#platform';
import { spellsEntered } from './current-stages.js';
import { lastMomentOf, STAGE_TRANSITIONS } from './projections/stage-transitions.projection.js';
import { FIRST_STAGE } from './relationship.events.js';

/** How many of the newest transitions the portrait shows. */
const TRANSITIONS_SHOWN = 20;

/** The portrait's part `relationship`: `{stage, since, daysInStage, transitions: [{from, to, at, reason, override}]}`, newest first. */
export function relationshipPart(
  readStore: ReadStore,
  calendar: ZonedCalendar,
  accounts: AccountDirectory,
): PortraitPart {
  return {
    key: 'relationship',
    async load(accountId, asOf): Promise<JsonValue> {
      const rows = await readStore.find(STAGE_TRANSITIONS, {
        filter: { accountId: { eq: accountId }, moment: { lte: lastMomentOf(formatInstant(calendar.endOfDay(asOf))) } },
        sort: [{ field: 'moment', direction: 'desc' }],
        limit: TRANSITIONS_SHOWN,
      });
      const [newest] = rows;
      const since = newest === undefined ? (await accounts.get(accountId, asOf))?.firstFactDay : Number(newest.day);
      return {
        stage: newest === undefined ? FIRST_STAGE : String(newest.to),
        since: since === undefined ? null : formatDate(since),
        daysInStage: since === undefined ? null : asOf - since,
        transitions: rows.map(({ from, to, at, reason, override }) => ({
          from: String(from),
          to: String(to),
          at: String(at),
          reason: reason === null ? null : String(reason),
          override: override === true,
        })),
      };
    },
  };
}

/** `stage` in the list of accounts. */
export function stageFacet(readStore: ReadStore, calendar: ZonedCalendar): AccountFacet {
  return {
    key: 'stage',
    absent: FIRST_STAGE,
    async load(asOf, only) {
      const filter = only === undefined ? {} : { accountId: { in: only } };
      const entered = await spellsEntered(readStore, calendar, asOf, filter);
      return new Map([...entered].map(([accountId, { stage }]) => [accountId, stage]));
    },
  };
}
