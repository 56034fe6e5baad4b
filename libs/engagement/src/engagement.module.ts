import { Inject, Module } from '@nestjs/common';
import type { ReadStore } from '#event-sourcing';
import { LEDGER_SETTINGS, type LedgerSettings, PortraitRegistry, READ_STORE } from '#platform';
import { DueVisitsHandler } from './due-visits.query.js';
import { EngagementController } from './engagement.controller.js';
import { engagementPart, overdueVisitFacet } from './engagement.portrait.js';
import { CadenceHandler, VisitsHandler } from './engagement.queries.js';

@Module({ controllers: [EngagementController], providers: [DueVisitsHandler, VisitsHandler, CadenceHandler] })
export class EngagementModule {
  constructor(
    registry: PortraitRegistry,
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) settings: LedgerSettings,
  ) {
    registry.addPart(engagementPart(settings, readStore));
    registry.addFacet(overdueVisitFacet(settings, readStore));
  }
}
