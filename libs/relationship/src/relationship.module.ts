import { Inject, Module } from '@nestjs/common';
import type { ReadStore } from '#event-sourcing';
import {
  ACCOUNT_DIRECTORY,
  type AccountDirectory,
  LEDGER_SETTINGS,
  type LedgerSettings,
  PortraitRegistry,
  READ_STORE,
} from '#platform';
import { RelationshipController } from './relationship.controller.js';
import { relationshipPart, stageFacet } from './relationship.portrait.js';
import { RelationshipStagesHandler } from './relationship-stages.queries.js';
import { StageTransitionsHandler } from './stage-transitions.queries.js';

@Module({
  controllers: [RelationshipController],
  providers: [StageTransitionsHandler, RelationshipStagesHandler],
})
export class RelationshipModule {
  constructor(
    registry: PortraitRegistry,
    @Inject(READ_STORE) readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) { calendar }: LedgerSettings,
    @Inject(ACCOUNT_DIRECTORY) accounts: AccountDirectory,
  ) {
    registry.addPart(relationshipPart(readStore, calendar, accounts));
    registry.addFacet(stageFacet(readStore, calendar));
  }
}
