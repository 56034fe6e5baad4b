import { parseDate, type ZonedCalendar } from '#calendar';
import { type Document, type DocumentProjection, documents, type JsonObject, subjectIdOf } from '#event-sourcing';
import {
  POLICY_APPROVED,
  POLICY_DRAFTED,
  POLICY_PUBLISHED,
  POLICY_RETIRED,
  type PolicyEvent,
} from '../classification.events.js';

/** Every version of every policy that somebody drafted, with what became of it. Built-in versions have no row. */
export function policyVersionsProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'policy-versions',
    version: 1,
    collection: {
      fields: {
        policyId: 'text',
        version: 'integer',
        status: 'text',
        policy: 'json',
        draftedAt: 'text',
        draftedBy: 'text',
        approvedAt: 'text',
        approvedBy: 'text',
        publishedAt: 'text',
        publishedBy: 'text',
        /** First day on which it may be in force. */
        effectiveDay: 'integer',
        /** Position of the publication in the log: the later one of two for the same day wins. */
        publication: 'integer',
        retiredAt: 'text',
        retiredBy: 'text',
        /** From this day on it is not in force. */
        retiredDay: 'integer',
        retirementReason: 'text',
      },
      key: ['policyId', 'version'],
    },
    events: [POLICY_DRAFTED, POLICY_APPROVED, POLICY_PUBLISHED, POLICY_RETIRED],
    keys: (event) => [[subjectIdOf(event), BigInt(Number(event.data.version))]],
    fold: (row, event) => {
      const { occurredAt: at, actor: by } = event.metadata;
      const { type, data } = event as unknown as PolicyEvent;
      if (type === POLICY_DRAFTED) {
        const { policyId, version, policy, draftedBy } = data;
        return {
          policyId,
          version: BigInt(version),
          status: 'draft',
          policy: policy as unknown as JsonObject,
          draftedAt: at,
          draftedBy,
        };
      }
      if (row === undefined) throw new Error(`version ${data.version} of ${event.stream} was never drafted`);
      return { ...row, ...change() };

      function change(): Document {
        switch (type) {
          case POLICY_APPROVED:
            return { status: 'approved', approvedAt: at, approvedBy: by };
          case POLICY_PUBLISHED:
            return {
              status: 'published',
              publishedAt: at,
              publishedBy: by,
              effectiveDay: dayOf(data.effectiveFrom),
              publication: event.position,
            };
          default: {
            const reason = 'reason' in data ? (data.reason ?? null) : null;
            const retiredDay = BigInt(calendar.dayOfText(at));
            return { status: 'retired', retiredAt: at, retiredBy: by, retiredDay, retirementReason: reason };
          }
        }
      }
    },
  });
}

/** @throws Error for a text that is no date */
function dayOf(date: string): bigint {
  const day = parseDate(date);
  if (day === undefined) throw new Error(`"${date}" is no date`);
  return BigInt(day);
}
