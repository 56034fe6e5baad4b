import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Document, ReadStore, Sort } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  checkAccount,
  defineQuery,
  IsIdentifier,
  LEDGER_SETTINGS,
  type LedgerSettings,
  type ListAnswer,
  ListParameters,
  ListQuery,
  READ_STORE,
  storedList,
} from '#platform';
import { surveysProjection } from './projections/surveys.projection.js';
import type { SurveyMetric } from './satisfaction.events.js';

export class SurveysParameters extends ListParameters {
  @IsIdentifier()
  accountId!: string;
}

export interface SurveyItem {
  readonly surveyId: string;
  readonly scoredAt: string;
  readonly metric: SurveyMetric;
  readonly score: number;
  readonly respondent: string | null;
  readonly touchpoint: string | null;
  readonly comment: string | null;
  readonly recordedAt: string;
}

export class SurveysQuery extends ListQuery<SurveysParameters, SurveyItem> {}

export const surveys = defineQuery({
  summary: 'The survey scores of an account, newest first',
  permission: 'read-models',
  parameters: SurveysParameters,
  query: SurveysQuery,
  form: 'list',
  example: {
    surveyId: 'sur-2026-0413',
    scoredAt: '2026-04-13T07:20:00.000Z',
    metric: 'csat',
    score: 4,
    respondent: 'contact-wang',
    touchpoint: 'delivery',
    comment: 'On time again, at last.',
    recordedAt: '2026-04-13T07:21:03.512Z',
  },
});

/** Newest surveys first; of the same instant the greater id first. */
export const NEWEST_SURVEYS: readonly Sort[] = [
  { field: 'scoredAt', direction: 'desc' },
  { field: 'surveyId', direction: 'desc' },
];

@QueryHandler(SurveysQuery)
export class SurveysHandler implements IQueryHandler<SurveysQuery> {
  constructor(
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) private readonly directory: AccountDirectory,
  ) {}

  async execute({ parameters: { accountId }, reader }: SurveysQuery): Promise<ListAnswer<SurveyItem>> {
    const { collection } = surveysProjection;
    await checkAccount(this.directory, this.settings, accountId, reader);
    const order = {
      filter: { accountId: { eq: accountId } },
      sort: NEWEST_SURVEYS,
      columns: Object.keys(surveys.example),
    };
    return storedList(this.readStore, collection, order, surveyItem);
  }
}

/** A row of the read model as lists show it. */
export function surveyItem(row: Document): SurveyItem {
  return {
    surveyId: String(row.surveyId),
    scoredAt: String(row.scoredAt),
    metric: row.metric as SurveyMetric,
    score: Number(row.score),
    respondent: row.respondent as string | null,
    touchpoint: row.touchpoint as string | null,
    comment: row.comment as string | null,
    recordedAt: String(row.recordedAt),
  };
}
