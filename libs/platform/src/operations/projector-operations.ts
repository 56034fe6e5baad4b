import { createServer, type Server, type ServerResponse } from 'node:http';
import type { EventStore, Projection, ReadStore } from '#event-sourcing';
import type { Config } from '../config/config.js';
import { ReadProgress } from '../queries/read-progress.js';
import { measureDataFolder, measureReadiness, measureReadModels } from '../telemetry/process-metrics.js';
import type { ProjectorFigure } from '../telemetry/projector-metrics.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { ProjectionLags } from './projection-lag.js';

/** What a projector works with, once it has opened it. */
export interface ProjectorParts {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
}

/**
 * What a projector of its own tells over HTTP: `/health/live`, `/health/ready` and `/metrics`, without a key, since no fact,
 * no id and no name stands in it. It listens only where `KEYLEDGER_PROJECTOR_PORT` says so, on `HOST`.
 */
export class ProjectorOperations {
  #state: 'starting' | 'working' | 'retrying' = 'starting';
  readonly #server: Server;

  constructor(
    private readonly config: Config,
    private readonly telemetry: Telemetry,
    private readonly now: () => string,
  ) {
    measureReadiness(telemetry.metrics.registry, () => this.#isReady());
    measureDataFolder(telemetry.metrics.registry, config.dataDir);
    this.#server = createServer({ requestTimeout: 10_000 }, ({ method, url }, response) => {
      if (method === 'GET' && url === '/metrics') void this.#metrics(response);
      else if (method === 'GET' && url === '/health/live') answer(response, 200, { status: 'up' });
      else if (method === 'GET' && url === '/health/ready') this.#ready(response);
      else answer(response, 404, { status: 'not-found' });
    });
  }

  /** Listens where a port is set. @returns `http://…`. @throws the system's error for the port */
  async listen(): Promise<string | undefined> {
    const { host, projectorPort } = this.config;
    if (projectorPort === undefined) return undefined;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(projectorPort, host, resolve);
    });
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : projectorPort;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** The stores are open: lags can be measured. */
  opened({ eventStore, readStore, projections }: ProjectorParts): void {
    const lags = new ProjectionLags(eventStore, readStore, new ReadProgress(readStore, projections), this.now);
    measureReadModels(this.telemetry.metrics.registry, () => this.#isReady(), lags);
  }

  take(figure: ProjectorFigure): void {
    this.telemetry.metrics.projector.take(figure);
    if (figure.kind === 'working' || figure.kind === 'retrying') this.#state = figure.kind;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #isReady(): boolean {
    return this.#state === 'working';
  }

  #ready(response: ServerResponse): void {
    const details = { starting: 'The projector is starting.', retrying: 'A store cannot be reached.' };
    if (this.#state === 'working') answer(response, 200, { status: 'ready' });
    else answer(response, 503, { status: 'not-ready', detail: details[this.#state] });
  }

  async #metrics(response: ServerResponse): Promise<void> {
    try {
      const text = await this.telemetry.metrics.registry.metrics();
      response.writeHead(200, { 'content-type': this.telemetry.metrics.registry.contentType }).end(text);
    } catch (error) {
      this.telemetry.log.error(
        'The metrics could not be gathered.',
        error instanceof Error ? error.stack : '',
        'Projector',
      );
      answer(response, 500, { status: 'error' });
    }
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
