import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AccountsModule } from '#accounts';
import { AgreementsModule } from '#agreements';
import { AuditModule } from '#audit';
import { ClassificationModule } from '#classification';
import { EngagementModule } from '#engagement';
import { ImportsModule } from '#imports';
import { OrdersModule } from '#orders';
import { LedgerGuard, type LedgerParts, PlatformModule, ProblemFilter, type Telemetry } from '#platform';
import { RelationshipModule } from '#relationship';
import { SatisfactionModule } from '#satisfaction';

/** Everything that the API offers, on one screen. */
@Module({})
export class AppModule {
  static of(ledger: LedgerParts, telemetry: Telemetry): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DiscoveryModule,
        PlatformModule.of(ledger, telemetry),
        AccountsModule,
        OrdersModule,
        EngagementModule,
        SatisfactionModule,
        RelationshipModule,
        AgreementsModule,
        ClassificationModule,
        AuditModule,
        ImportsModule,
      ],
      providers: [
        { provide: APP_GUARD, useClass: LedgerGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
