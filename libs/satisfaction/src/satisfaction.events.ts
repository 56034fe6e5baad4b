import type { DomainEvent, EventTypes } from '#event-sourcing';

/** What a survey asks: satisfaction (1–5), recommendation (0–10), effort (1–7). */
export type SurveyMetric = 'csat' | 'nps' | 'ces';

export const SURVEY_SCORED = 'survey-scored.v1';
export type SurveyScoredData = {
  readonly surveyId: string;
  readonly metric: SurveyMetric;
  /** An integer on the metric's scale. */
  readonly score: number;
  /** A contact's id or any other opaque id; never a name. Left out: somebody who answered only this once. */
  readonly respondent?: string;
  /** What was asked about: `delivery`, `support`, … */
  readonly touchpoint?: string;
  readonly comment?: string;
};
/** A respondent gave a score. */
export type SurveyScored = DomainEvent<typeof SURVEY_SCORED, SurveyScoredData>;

export type SatisfactionEvent = SurveyScored;

export const satisfactionEvents: EventTypes = { types: [SURVEY_SCORED] };
