import { Inject, Module } from '@nestjs/common';
import type { JsonValue, ReadStore } from '#event-sourcing';
import { LEDGER_SETTINGS, type LedgerSettings, PortraitRegistry, READ_STORE } from '#platform';
import { agreementsAsOf, asOfDay, plansAsOf } from './agreement-records.js';
import { AgreementsController } from './agreements.controller.js';
import { AgreementsHandler, PlansHandler } from './agreements.queries.js';
import { ExpiringAgreementsHandler } from './expiring-agreements.queries.js';

/** HTTP, queries and the portrait's part `agreements`: `{inForce: […], plans: […]}`. */
@Module({
  controllers: [AgreementsController],
  providers: [AgreementsHandler, PlansHandler, ExpiringAgreementsHandler],
})
export class AgreementsModule {
  constructor(
    registry: PortraitRegistry,
    @Inject(READ_STORE) private readonly readStore: ReadStore,
    @Inject(LEDGER_SETTINGS) private readonly settings: LedgerSettings,
  ) {
    registry.addPart({ key: 'agreements', load: (accountId, asOf) => this.portraitPart(accountId, asOf) });
  }

  private async portraitPart(accountId: string, day: number): Promise<JsonValue> {
    const asOf = asOfDay(this.settings.calendar, day);
    const [signed, adopted] = await Promise.all([
      agreementsAsOf(this.readStore, { accountId: { eq: accountId } }, asOf),
      plansAsOf(this.readStore, accountId, asOf),
    ]);
    return {
      inForce: signed
        .filter(({ inForce }) => inForce)
        .map(({ agreementId, signedAt, start, end, terms }) => ({ agreementId, signedAt, start, end, terms })),
      plans: adopted.map(({ planId, adoptedAt, objectives }) => ({ planId, adoptedAt, objectives })),
    };
  }
}
