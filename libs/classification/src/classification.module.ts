import { Module } from '@nestjs/common';
import { PortraitRegistry } from '#platform';
import { AppraisalsHandler } from './appraisals.query.js';
import { ClassificationController } from './classification.controller.js';
import { ConcentrationHandler } from './concentration/concentration.query.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PoliciesHandler, PolicyHandler, PolicyVersionHandler } from './policies/policies.queries.js';
import { PolicyCatalog } from './policies/policy-catalog.js';
import { KeyAccountsHandler } from './rankings/key-accounts.query.js';
import { Populations } from './rankings/populations.js';
import { classificationPart, tierFacet } from './rankings/ranking-portrait.js';
import { Rankings } from './rankings/rankings.js';

@Module({
  controllers: [ClassificationController, PoliciesController],
  providers: [
    PolicyCatalog,
    Populations,
    Rankings,
    KeyAccountsHandler,
    ConcentrationHandler,
    AppraisalsHandler,
    PoliciesHandler,
    PolicyHandler,
    PolicyVersionHandler,
  ],
  exports: [PolicyCatalog, Rankings],
})
export class ClassificationModule {
  constructor(registry: PortraitRegistry, rankings: Rankings) {
    registry.addPart(classificationPart(rankings));
    registry.addFacet(tierFacet(rankings));
  }
}
