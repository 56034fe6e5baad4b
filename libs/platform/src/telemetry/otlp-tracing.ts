import {
  type Attributes,
  DiagLogLevel,
  diag,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Span as TracedSpan,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { parseTraceparent } from './correlation.js';
import type { SpanStart, TraceSpan, Tracing } from './tracing.js';

/** Bounds the wait for a collector that is away, in milliseconds. */
const STOP_PATIENCE = 3_000;

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER } as const;

/** Traces to where OpenTelemetry's variables say. @param complain takes what it has to say of a collector that is away */
export function otlpTracing(service: string, complain: (complaint: string) => void): Tracing {
  const silent = () => undefined;
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('keyledger');
  return {
    begin(name, { kind, parent, links = [], attributes = {} }: SpanStart) {
      const options = {
        kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
        attributes,
        links: links.flatMap((link): Link[] => {
          const context = spanContextOf(link);
          return context === undefined ? [] : [{ context }];
        }),
      };
      const above = spanContextOf(parent);
      const context = above === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above);
      return new RecordedSpan(tracer.startSpan(name, options, context));
    },
    async stop() {
      const patience = new Promise<void>((resolve) => setTimeout(resolve, STOP_PATIENCE).unref());
      await Promise.race([provider.shutdown().catch((error: unknown) => complain(String(error))), patience]);
    },
  };
}

function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const place = parseTraceparent(traceparent);
  if (place === undefined) return undefined;
  return { traceId: place.traceId, spanId: place.spanId, traceFlags: place.sampled ? 1 : 0, isRemote: true };
}

class RecordedSpan implements TraceSpan {
  readonly traceId: string;
  readonly traceparent: string | undefined;

  constructor(private readonly span: TracedSpan) {
    const { spanId, traceFlags, traceId } = span.spanContext();
    this.traceId = traceId;
    this.traceparent = (traceFlags & 1) === 1 ? `00-${traceId}-${spanId}-01` : undefined;
  }

  end(attributes: Attributes, failed = false): void {
    this.span.setAttributes(attributes);
    if (failed) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}
