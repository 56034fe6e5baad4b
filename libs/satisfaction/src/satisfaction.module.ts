import { Inject, Module } from '@nestjs/common';
import type { ReadStore } from '#event-sourcing';
import { LEDGER_SETTINGS, type LedgerSettings, PortraitRegistry, READ_STORE } from '#platform';
import { RegionSurveyMonths } from './region-survey-months.js';
import { SatisfactionController } from './satisfaction.controller.js';
import { satisfactionPart } from './satisfaction.portrait.js';
import { SurveysHandler } from './satisfaction.queries.js';
import { SatisfactionTrendsHandler } from './satisfaction-trends.query.js';

@Module({
  controllers: [SatisfactionController],
  providers: [SurveysHandler, SatisfactionTrendsHandler, RegionSurveyMonths],
})
export class SatisfactionModule {
  constructor(
    registry: PortraitRegistry,
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) settings: LedgerSettings,
  ) {
    registry.addPart(satisfactionPart(settings, readStore));
  }
}
