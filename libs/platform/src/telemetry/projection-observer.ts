import type { ProjectionObserver } from '#event-sourcing';
import type { ProjectorFigure } from './projector-metrics.js';
import { ATTRIBUTE, SPAN } from './telemetry-names.js';
import type { Tracing } from './tracing.js';

/**
 * Tells of a projector's writes as figures, and puts a span around those that hold traced events. The span stands in the
 * trace of the first of them, so that a sampler that keeps one trace in a hundred keeps it, too, and is linked to all.
 */
export function projectionObserver(
  tell: (figure: ProjectorFigure) => void,
  tracing: Tracing | undefined,
): ProjectionObserver {
  return {
    flushing({ events, traceparents }) {
      const start = performance.now();
      const [parent] = traceparents;
      const span =
        parent === undefined
          ? undefined
          : tracing?.begin(SPAN.flush, {
              kind: 'consumer',
              parent,
              links: traceparents,
              attributes: { [ATTRIBUTE.events]: events },
            });
      return (outcome, documents) => {
        const written = outcome === 'written';
        tell({ kind: 'flushed', seconds: (performance.now() - start) / 1_000, documents, written });
        span?.end({ [ATTRIBUTE.outcome]: outcome, [ATTRIBUTE.documents]: documents }, !written);
      };
    },
  };
}
