import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { EventStore, KeyedStore, Projection, ReadStore } from '#event-sourcing';
import { ApiKeysController } from './auth/api-keys.controller.js';
import { ApiKeys } from './auth/api-keys.js';
import { Authenticator } from './auth/authenticator.js';
import { IdentityProvider } from './auth/identity-provider.js';
import { LedgerCommandHandler } from './commands/ledger-command.handler.js';
import type { CommandSender } from './commands/ledger-command.js';
import type { Config } from './config/config.js';
import type { Capability } from './ledger/capability.js';
import type { LedgerSettings } from './ledger/ledger-settings.js';
import { PERSONAL_DATA, type PersonalData } from './ledger/personal-data.js';
import { Readiness } from './ledger/readiness.js';
import {
  CAPABILITIES,
  CLOCK,
  COMMAND_SENDER,
  EVENT_STORE,
  KEYED_STORE,
  LEDGER_SETTINGS,
  METRIC_SOURCES,
  READ_STORE,
} from './ledger/tokens.js';
import { HealthController } from './operations/health.controller.js';
import { Metrics } from './operations/metrics.js';
import { OperationsController } from './operations/operations.controller.js';
import { ProjectionLags } from './operations/projection-lag.js';
import type { MetricSource } from './queries/metric-source.js';
import { PortraitRegistry } from './queries/portrait.js';
import { ReadProgress } from './queries/read-progress.js';

/** What a ledger offers to those who put an app on top of it. */
export interface LedgerParts {
  readonly config: Config;
  readonly settings: LedgerSettings;
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly keyedStore: KeyedStore;
  readonly capabilities: readonly Capability[];
  readonly projections: readonly Projection[];
  readonly metricSources: readonly MetricSource[];
  readonly commands: CommandSender;
  readonly personalData: PersonalData;
  readonly apiKeys: ApiKeys;
  readonly readiness: Readiness;
  now(): string;
}

/** Puts a ledger's parts where every module can inject them, and offers what is no capability's: keys, health, metrics. */
@Global()
@Module({})
export class PlatformModule {
  static of(ledger: LedgerParts): DynamicModule {
    const progress = new ReadProgress(ledger.readStore, ledger.projections);
    const lags = new ProjectionLags(ledger.eventStore, ledger.readStore, progress, ledger.now);
    const { jwksUrl, jwtAudience, jwtIssuer } = ledger.config;
    const identityProvider =
      jwksUrl === undefined
        ? undefined
        : new IdentityProvider({
            jwksUrl,
            ...(jwtAudience === undefined ? {} : { audience: jwtAudience }),
            ...(jwtIssuer === undefined ? {} : { issuer: jwtIssuer }),
          });
    const values = new Map<unknown, unknown>([
      [EVENT_STORE, ledger.eventStore],
      [READ_STORE, ledger.readStore],
      [KEYED_STORE, ledger.keyedStore],
      [LEDGER_SETTINGS, ledger.settings],
      [CAPABILITIES, ledger.capabilities],
      [METRIC_SOURCES, ledger.metricSources],
      [COMMAND_SENDER, ledger.commands],
      [PERSONAL_DATA, ledger.personalData],
      [CLOCK, ledger.now],
      [ApiKeys, ledger.apiKeys],
      [Readiness, ledger.readiness],
      [Authenticator, new Authenticator(ledger.apiKeys, identityProvider)],
      [ReadProgress, progress],
      [ProjectionLags, lags],
      [Metrics, new Metrics(ledger.readiness, lags)],
      [PortraitRegistry, new PortraitRegistry()],
    ]);
    const providers = [...values].map(([provide, useValue]) => ({ provide: provide as symbol, useValue }));
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot()],
      controllers: [ApiKeysController, HealthController, OperationsController],
      providers: [...providers, LedgerCommandHandler],
      exports: [CqrsModule, ...providers.map(({ provide }) => provide)],
    };
  }
}
