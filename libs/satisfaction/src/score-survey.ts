import { IsIn, IsNumber, IsOptional } from 'class-validator';
import { defineCommand, IsIdentifier, IsInstant, IsText } from '#platform';
import type { SurveyMetric } from './satisfaction.events.js';
import { METRIC_NAMES } from './survey-metrics.js';

/** The body of `POST /v1/accounts/{accountId}/surveys`. */
export class ScoreSurvey {
  @IsOptional()
  @IsIdentifier()
  surveyId?: string;

  /** `csat` 1–5, `nps` 0–10, `ces` 1–7. */
  @IsIn(METRIC_NAMES)
  metric!: SurveyMetric;

  /** An integer on the metric's scale; any other number is refused with 422 `score-out-of-scale`. */
  @IsNumber()
  score!: number;

  @IsInstant()
  scoredAt!: string;

  /** A contact's id, or another id that names nobody. */
  @IsOptional()
  @IsIdentifier()
  respondent?: string;

  /** What was asked about. */
  @IsOptional()
  @IsText({ max: 200 })
  touchpoint?: string;

  /** No place for personal data. */
  @IsOptional()
  @IsText({ max: 4_000 })
  comment?: string;
}

/** Records the answer to a survey. Refused: 422 `score-out-of-scale`, 409 `id-exists`. */
export const scoreSurvey = defineCommand({
  type: 'score-survey',
  summary: "Record a customer's score",
  body: ScoreSurvey,
  subject: 'account',
  permission: 'account-commands',
  creates: { field: 'surveyId', prefix: 'sur' },
  dateField: 'scoredAt',
  example: {
    surveyId: 'sur-2026-0413',
    metric: 'csat',
    score: 4,
    scoredAt: '2026-04-13T15:20:00+08:00',
    respondent: 'contact-wang',
    touchpoint: 'delivery',
    comment: 'On time again, at last.',
  },
});
