import { monthNumber, type ZonedCalendar } from '#calendar';
import { type Document, type DocumentProjection, documents, type ProjectedEvent, subjectIdOf } from '#event-sourcing';
import { SURVEY_SCORED, type SurveyScoredData } from '../satisfaction.events.js';
import { tallyOf } from '../survey-metrics.js';

const COUNTS = { responses: 'integer', positive: 'integer', negative: 'integer' } as const;

/** Responses an account, metric and calendar month. */
export function surveyMonthsProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'survey-months',
    version: 1,
    collection: {
      fields: { accountId: 'text', metric: 'text', month: 'integer', ...COUNTS },
      key: ['accountId', 'metric', 'month'],
    },
    events: [SURVEY_SCORED],
    keys: (event) => [[subjectIdOf(event), metricOf(event), monthOf(event, calendar)]],
    fold: (row, event, [accountId, metric, month]) => ({
      accountId: accountId ?? null,
      metric: metric ?? null,
      month: month ?? null,
      ...counted(row, event),
    }),
  });
}

/** Responses a metric and calendar month over all accounts, as partials: one a logical partition, to be added up. */
export function surveyPartialsProjection(calendar: ZonedCalendar): DocumentProjection {
  return documents({
    name: 'survey-partials',
    version: 1,
    collection: {
      fields: { partition: 'integer', metric: 'text', month: 'integer', ...COUNTS },
      key: ['partition', 'metric', 'month'],
      indexes: [['metric', 'month']],
    },
    events: [SURVEY_SCORED],
    keys: (event, partition) => [[BigInt(partition), metricOf(event), monthOf(event, calendar)]],
    fold: (row, event, [partition, metric, month]) => ({
      partition: partition ?? null,
      metric: metric ?? null,
      month: month ?? null,
      ...counted(row, event),
    }),
  });
}

function counted(row: Document | undefined, event: ProjectedEvent) {
  const { metric, score } = event.data as SurveyScoredData;
  const tally = tallyOf(metric, score);
  return {
    responses: countIn(row, 'responses') + 1n,
    positive: countIn(row, 'positive') + BigInt(tally.positive),
    negative: countIn(row, 'negative') + BigInt(tally.negative),
  };
}

function countIn(row: Document | undefined, field: keyof typeof COUNTS): bigint {
  const count = row?.[field];
  return typeof count === 'bigint' ? count : 0n;
}

function metricOf(event: ProjectedEvent): string {
  return (event.data as SurveyScoredData).metric;
}

function monthOf(event: ProjectedEvent, calendar: ZonedCalendar): bigint {
  return BigInt(monthNumber(calendar.dayOfText(event.metadata.occurredAt)));
}
