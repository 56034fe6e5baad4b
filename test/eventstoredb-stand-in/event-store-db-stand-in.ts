import serverFeaturesGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import serverFeaturesPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { Server } from '@grpc/grpc-js';
import { type DropIfDue, handleAppend, handleBatchAppend } from './append-handlers.js';
import { type DropPlan, Drops } from './drop-plan.js';
import { FrontDoor } from './front-door.js';
import { NodeLog, type NodeLogOptions } from './node-log.js';
import { grpc, type Handlers } from './protocol.js';
import { handleRead } from './read-handler.js';

export interface StandInOptions extends NodeLogOptions {
  /** Default: one that is free. */
  readonly port?: number;
}

/**
 * Stands in for an EventStoreDB node of version 23.10, where none can be installed: the same protocol, the same rules of
 * appending, the same oddities of checkpoints and positions, and other people's events between one's own. It keeps its
 * log in memory, or in a file as well, and its connections can be made to fail.
 */
export class EventStoreDbStandIn {
  readonly #options: StandInOptions;
  readonly #drops = new Drops();
  #log: NodeLog;
  #server: Server | undefined;
  #door: FrontDoor | undefined;
  #port: number;

  private constructor(options: StandInOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.#log = new NodeLog(options);
  }

  static async start(options: StandInOptions = {}): Promise<EventStoreDbStandIn> {
    const standIn = new EventStoreDbStandIn(options);
    await standIn.#listen();
    return standIn;
  }

  get port(): number {
    return this.#port;
  }

  /** Connection string. */
  get url(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  get log(): NodeLog {
    return this.#log;
  }

  /** From now on cuts the connections of callers that append, as the plan says. Both moments may have a plan. */
  dropConnections(plan: DropPlan): void {
    this.#drops.set(plan);
  }

  keepConnections(): void {
    this.#drops.clear();
  }

  /** Cuts all connections now; new ones are taken. */
  cutConnections(): void {
    this.#door?.cutAll();
  }

  /** From now on nothing is answered, and connections stay as they are: like a stopped process. */
  freeze(): void {
    this.#door?.freeze();
  }

  thaw(): void {
    this.#door?.thaw();
  }

  /** Ends like a killed process: connections break, nothing is finished. */
  async kill(): Promise<void> {
    const [door, server] = [this.#door, this.#server];
    this.#door = this.#server = undefined;
    const closed = door?.close();
    server?.forceShutdown();
    await closed;
  }

  /** Comes back on the same port, with what its file holds, or its memory where it has no file. */
  async restart(): Promise<void> {
    await this.kill();
    if (this.#options.file !== undefined) this.#log = new NodeLog(this.#options);
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const log = this.#log;
    const dropIfDue: DropIfDue = (when, peer) => {
      const due = this.#drops.isDue(when);
      if (due) this.#door?.cut(peer);
      return due;
    };
    const server = new grpc.Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
    const streams: Handlers = {
      read: handleRead(log),
      append: handleAppend(log, dropIfDue),
      batchAppend: handleBatchAppend(log, dropIfDue),
    };
    server.addService(streamsGrpc.StreamsService, streams);
    const features: Handlers = { getSupportedMethods: handleSupportedMethods };
    server.addService(serverFeaturesGrpc.ServerFeaturesService, features);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.#server = server;
    this.#door = new FrontDoor(() => port);
    this.#port = await this.#door.open(this.#port);
  }
}

const handleSupportedMethods: Handlers[string] = (
  _call: unknown,
  callback: (error: null, methods: InstanceType<typeof serverFeaturesPb.SupportedMethods>) => void,
) => {
  const batchAppend = new serverFeaturesPb.SupportedMethod();
  batchAppend.setServiceName('event_store.client.streams.streams');
  batchAppend.setMethodName('batchappend');
  const methods = new serverFeaturesPb.SupportedMethods();
  methods.setEventStoreServerVersion('23.10.0.0');
  methods.addMethods(batchAppend);
  callback(null, methods);
};
