import { type DynamicModule, Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { EventStore, KeyedStore, Projection, ReadStore } from '#event-sourcing';
import { ApiKeysController } from './auth/api-keys.controller.js';
import { ApiKeys } from './auth/api-keys.js';
import { Authenticator } from './auth/authenticator.js';
import { identityProviderOf } from './auth/identity-provider.js';
import { LedgerCommandHandler } from './commands/ledger-command.handler.js';
import type { CommandSender } from './commands/ledger-command.js';
import type { Config } from './config/config.js';
import { RequestLimits } from './http/request-limits.js';
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
import { DiscardDecisions } from './operations/discarded-events.js';
import { DiscardedEventsHandler } from './operations/discarded-events.query.js';
import { HealthController } from './operations/health.controller.js';
import { Metrics } from './operations/metrics.js';
import { OperationsController } from './operations/operations.controller.js';
import { ProjectionLags } from './operations/projection-lag.js';
import { QuarantineController } from './operations/quarantine.controller.js';
import { Quarantine } from './operations/quarantine.js';
import { QuarantineHandler } from './operations/quarantine.query.js';
import { ReadinessChecks } from './operations/readiness-checks.js';
import { RebuildController } from './operations/rebuild.controller.js';
import { REBUILDS, type Rebuilds } from './operations/rebuilds.js';
import type { MetricSource } from './queries/metric-source.js';
import { PortraitRegistry } from './queries/portrait.js';
import { ReadProgress } from './queries/read-progress.js';
import { ServedReadModels } from './queries/served-read-models.js';
import { ObservedCommands } from './telemetry/observed-commands.js';
import {
  measureDataFolder,
  measureReadiness,
  measureReadModels,
  measureRebuilds,
} from './telemetry/process-metrics.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What a ledger offers to those who put an app on top of it. */
export interface LedgerParts {
  readonly config: Config;
  readonly settings: LedgerSettings;
  readonly eventStore: EventStore;
  /** That of `served`. */
  readonly readStore: ReadStore;
  readonly served: ServedReadModels;
  readonly keyedStore: KeyedStore;
  readonly capabilities: readonly Capability[];
  readonly projections: readonly Projection[];
  readonly metricSources: readonly MetricSource[];
  readonly commands: CommandSender;
  readonly personalData: PersonalData;
  readonly apiKeys: ApiKeys;
  readonly readiness: Readiness;
  readonly rebuilds: Rebuilds;
  now(): string;
  /** Commands that wait in line or are under way. */
  waiting(): number;
}

/** Puts a ledger's parts where every module can inject them, and offers what is no capability's: keys, health, metrics. */
@Global()
@Module({})
export class PlatformModule {
  static of(ledger: LedgerParts, telemetry: Telemetry): DynamicModule {
    const progress = new ReadProgress(ledger.readStore, ledger.projections, ledger.served);
    const lags = new ProjectionLags(ledger.eventStore, ledger.readStore, progress, ledger.now);
    const { failedAuthenticationLimit, rateLimit } = ledger.config;
    const limits = new RequestLimits({
      failures: failedAuthenticationLimit,
      ...(rateLimit === undefined ? {} : { requests: rateLimit }),
    });
    const { eventStore, keyedStore, now, readStore, served } = ledger;
    const decisions = new DiscardDecisions(keyedStore);
    const { metrics, tracing } = telemetry;
    const checks = new ReadinessChecks({ readiness: ledger.readiness, eventStore, readStore, lags, served });
    const hasOpened = () => ledger.readiness.cause === undefined;
    measureReadiness(metrics.registry, async () => (await checks.assess()).status === 'ready');
    measureReadModels(metrics.registry, hasOpened, lags);
    measureRebuilds(metrics.registry, hasOpened, ledger.rebuilds);
    measureDataFolder(metrics.registry, ledger.config.dataDir);
    metrics.commands.measureWaiting(() => ledger.waiting());
    const values = new Map<unknown, unknown>([
      [EVENT_STORE, ledger.eventStore],
      [READ_STORE, ledger.readStore],
      [KEYED_STORE, ledger.keyedStore],
      [LEDGER_SETTINGS, ledger.settings],
      [CAPABILITIES, ledger.capabilities],
      [METRIC_SOURCES, ledger.metricSources],
      [COMMAND_SENDER, new ObservedCommands(ledger.commands, metrics.commands, tracing)],
      [PERSONAL_DATA, ledger.personalData],
      [CLOCK, ledger.now],
      [ApiKeys, ledger.apiKeys],
      [Readiness, ledger.readiness],
      [ReadinessChecks, checks],
      [Authenticator, new Authenticator(ledger.apiKeys, identityProviderOf(ledger.config), limits)],
      [RequestLimits, limits],
      [ReadProgress, progress],
      [ServedReadModels, ledger.served],
      [REBUILDS, ledger.rebuilds],
      [ProjectionLags, lags],
      [DiscardDecisions, decisions],
      [Quarantine, new Quarantine({ eventStore, readStore, served, decisions, now })],
      [Metrics, metrics],
      [PortraitRegistry, new PortraitRegistry()],
    ]);
    const providers = [...values].map(([provide, useValue]) => ({ provide: provide as symbol, useValue }));
    return {
      module: PlatformModule,
      imports: [CqrsModule.forRoot()],
      controllers: [ApiKeysController, HealthController, OperationsController, QuarantineController, RebuildController],
      providers: [...providers, LedgerCommandHandler, QuarantineHandler, DiscardedEventsHandler],
      exports: [CqrsModule, ...providers.map(({ provide }) => provide)],
    };
  }
}
