import type { Capability } from '#platform';
import { surveyMonthsProjection, surveyPartialsProjection } from './projections/survey-months.projection.js';
import { surveyTotalsProjection } from './projections/survey-totals.projection.js';
import { surveysProjection } from './projections/surveys.projection.js';
import { satisfactionDecider } from './satisfaction.decider.js';
import { satisfactionEvents } from './satisfaction.events.js';
import { satisfactionMetrics } from './satisfaction.metrics.js';
import { scoreSurvey } from './score-survey.js';
import { METRIC_NAMES } from './survey-metrics.js';

/** What customers say in surveys, and how that goes. */
export const satisfactionCapability: Capability = {
  name: 'satisfaction',
  events: satisfactionEvents,
  deciders: [{ subject: 'account', decider: satisfactionDecider }],
  commands: [scoreSurvey],
  projections: ({ calendar }) => [
    surveysProjection,
    ...METRIC_NAMES.map((metric) => surveyTotalsProjection(metric, calendar)),
    surveyMonthsProjection(calendar),
    surveyPartialsProjection(calendar),
  ],
  metrics: satisfactionMetrics,
};
