import type { Attributes, Link, SpanContext, Span as TracedSpan } from '@opentelemetry/api';
import { parseTraceparent } from './correlation.js';
import type { JsonLog } from './json-log.js';
import { LOG_CONTEXT } from './telemetry-names.js';

/** How a span begins. Places in traces are W3C `traceparent` texts: they travel with envelopes and events as such. */
export interface SpanStart {
  readonly kind?: 'server' | 'consumer';
  /** Left out or out of form: the span begins a trace. */
  readonly parent?: string | undefined;
  readonly links?: readonly string[];
  readonly attributes?: Attributes;
}

export interface TraceSpan {
  readonly traceId: string;
  /** What its children name as their parent; undefined when the sampler passed the trace over. */
  readonly traceparent: string | undefined;
  /** @param failed the work did not do what it was for through no fault of its caller */
  end(attributes: Attributes, failed?: boolean): void;
}

/** Where spans go. */
export interface Tracing {
  begin(name: string, start: SpanStart): TraceSpan;
  /** Sends what waits to be sent, for at most some seconds. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Bounds the wait for a collector that is away, in milliseconds. */
const STOP_PATIENCE = 3_000;

/**
 * Traces by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` names a collector;
 * without either, nothing of OpenTelemetry is loaded. Its other variables (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`, `OTEL_EXPORTER_OTLP_HEADERS` …) count as its documentation says.
 * @param service name of the service where `OTEL_SERVICE_NAME` gives none
 * @returns undefined when tracing is off
 */
export async function startTracing(
  environment: Environment,
  service: string,
  log: JsonLog,
): Promise<Tracing | undefined> {
  if (!isAskedFor(environment)) return undefined;
  const [api, sdk, resources, exporter] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const complain = (message: string) => log.line('warn', LOG_CONTEXT.tracing, message);
  const silent = () => undefined;
  api.diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ 'service.name': service }))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('keyledger');
  const kinds = { server: api.SpanKind.SERVER, consumer: api.SpanKind.CONSUMER } as const;
  return {
    begin(name, { kind, parent, links = [], attributes = {} }) {
      const options = {
        kind: kind === undefined ? api.SpanKind.INTERNAL : kinds[kind],
        attributes,
        links: links.flatMap((link): Link[] => {
          const context = spanContextOf(link);
          return context === undefined ? [] : [{ context }];
        }),
      };
      const above = spanContextOf(parent);
      const context = above === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, above);
      return new RecordedSpan(tracer.startSpan(name, options, context), api.SpanStatusCode.ERROR);
    },
    async stop() {
      const patience = new Promise<void>((resolve) => setTimeout(resolve, STOP_PATIENCE).unref());
      await Promise.race([provider.shutdown().catch((error: unknown) => complain(String(error))), patience]);
    },
  };
}

function isAskedFor(environment: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } =
    environment;
  const endpoint = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT || '';
  return endpoint !== '' && OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && OTEL_TRACES_EXPORTER !== 'none';
}

function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const place = parseTraceparent(traceparent);
  if (place === undefined) return undefined;
  return { traceId: place.traceId, spanId: place.spanId, traceFlags: place.sampled ? 1 : 0, isRemote: true };
}

class RecordedSpan implements TraceSpan {
  readonly traceId: string;
  readonly traceparent: string | undefined;

  constructor(
    private readonly span: TracedSpan,
    private readonly errorCode: number,
  ) {
    const { spanId, traceFlags, traceId } = span.spanContext();
    this.traceId = traceId;
    this.traceparent = (traceFlags & 1) === 1 ? `00-${traceId}-${spanId}-01` : undefined;
  }

  end(attributes: Attributes, failed = false): void {
    this.span.setAttributes(attributes);
    if (failed) this.span.setStatus({ code: this.errorCode });
    this.span.end();
  }
}
