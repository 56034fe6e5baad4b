import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { type INestApplication, Logger } from '@nestjs/common';
import { DiscoveryService, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppendOutcomeUnknown, StoreUnavailable } from '#event-sourcing';
import { composeLedger, ensureAdminKey, type Ledger, type ProjectorLog, ProjectorThread } from '#ledger';
import {
  type Config,
  ConfigError,
  causesOf,
  describedRoutes,
  LOG_CONTEXT,
  type LogFields,
  type LogLevel,
  openApiDocument,
  startTelemetry,
  type Telemetry,
} from '#platform';
import { AppModule } from './app.module.js';
import { answerBrokenRequest, assertCanListen, boundedServer, drainWithin, problemText } from './connections.js';
import { prepareHttp } from './http.js';
import { securityHeaders } from './security-headers.js';

export interface Server {
  /** `http://…`, where it listens. */
  readonly url: string;
  /** Takes no more requests, answers those under way, writes what is to be written, and ends. */
  stop(): Promise<void>;
}

const BODY_LIMIT = 1024 * 1024;
const LONGEST_PATH_PARAMETER = 200;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/**
 * Listens at once, and opens the ledger as soon as its stores are there; until then it answers that it is not ready.
 * @throws ConfigError, StoreUnavailable for a data folder that cannot be used, and the system's error for the port
 */
export async function startServer(config: Config, environment: NodeJS.ProcessEnv): Promise<Server> {
  // Before anything is opened: a second start beside one that runs must not share its work and then go away.
  await assertCanListen(config.port, config.host);
  const telemetry = await startTelemetry(config, environment, 'keyledger-api');
  const ledger = await composeLedger(config, telemetry.metrics.commands);
  const log = new Logger(LOG_CONTEXT.ledger);
  const projector =
    config.projector === 'inline' ? new ProjectorThread(environment, projectorLog(telemetry)) : undefined;
  // Beside the making of the app, which takes as long.
  const readModels = projector?.start();
  const app = await createApp(ledger, telemetry);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      ledger.readiness.notReady('The ledger is shutting down.');
      const drained = drainWithin(app.getHttpServer());
      await app.close();
      drained();
      await ledger.idle();
      await projector?.stop();
      await ledger.close();
      await telemetry.tracing?.stop();
    })();
    return stopping;
  };
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = await app.getUrl();
  log.log(`Keyledger listens on ${url}`);
  const opened = openWhenReachable(ledger, log, () => stopping !== undefined);
  opened.then(
    async (open) => {
      if (!open) return;
      await readModels;
      if (stopping !== undefined) return;
      ledger.readiness.ready();
      log.log('The ledger is ready');
    },
    async (error: unknown) => {
      process.stderr.write(`keyledger: ${error instanceof ConfigError ? error.message : String(error)}\n`);
      process.exitCode = 1;
      await stop();
    },
  );
  return { url, stop };
}

/** Tries until the stores are there; whether it opened, and was not stopped before. @throws ConfigError */
async function openWhenReachable(ledger: Ledger, log: Logger, isStopping: () => boolean): Promise<boolean> {
  for (let pause = FIRST_PAUSE; !isStopping(); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      await ledger.start();
      await ensureAdminKey(ledger.apiKeys, ledger.config, (line) => process.stdout.write(`${line}\n`));
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable || error instanceof AppendOutcomeUnknown)) throw error;
      ledger.readiness.notReady(error.message);
      log.warn({ message: `${error.message} Trying again in ${pause} ms.`, cause: causesOf(error) });
      await setTimeout(pause, undefined, { ref: false });
    }
  }
  return false;
}

async function createApp(ledger: Ledger, telemetry: Telemetry): Promise<INestApplication> {
  const { trustProxy } = ledger.config;
  const headers = await securityHeaders();
  const adapter = new FastifyAdapter({
    serverFactory: boundedServer(ledger.config, headers),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, headers),
    ...(trustProxy === undefined ? {} : { trustProxy: [...trustProxy] }),
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER, ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // What is refused before there is a route, such as an address that cannot be decoded.
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const problem = problemText(400, 'malformed-request', 'The request cannot be understood.');
      void reply.status(400).headers(headers).header('X-Request-Id', request.id);
      void reply.type('application/problem+json').send(problem);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(ledger, telemetry), adapter, {
    logger: telemetry.log,
    bodyParser: false,
    abortOnError: false,
  });
  await prepareHttp(app, ledger.config, telemetry, headers);
  const document = openApiDocument(describedRoutes(app.get(DiscoveryService)), packageVersion());
  SwaggerModule.setup('docs', app, document as never, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Keyledger API',
  });
  await app.init();
  return app;
}

function packageVersion(): string {
  return createRequire(import.meta.url)('#package.json').version;
}

function projectorLog({ log, metrics }: Telemetry): ProjectorLog {
  const line = (level: LogLevel) => (message: string, fields?: LogFields) =>
    log.line(level, LOG_CONTEXT.projector, message, fields);
  return {
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    figure: (figure) => metrics.projector.take(figure),
  };
}
