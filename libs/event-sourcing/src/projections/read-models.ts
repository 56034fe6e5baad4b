import type { Projection } from '../projection.js';
import { DocumentModel } from './document-model.js';
import type { ReadModel, ReadModelContext, ReadModelStart } from './read-model.js';
import { RunningTotalsModel } from './running-totals-model.js';

/** The projection at work. */
export function readModelOf(projection: Projection, context: ReadModelContext, start: ReadModelStart): ReadModel {
  return projection.kind === 'documents'
    ? new DocumentModel(projection, context, start)
    : new RunningTotalsModel(projection, context, start);
}

/** Forgets the oldest of the greatest caches, as far as nothing in them waits to be written, until the rest fits. */
export function trimCaches(models: readonly ReadModel[], bytes: number): void {
  const written = models.filter(({ dirty }) => dirty === 0);
  let weight = models.reduce((sum, { cacheWeight }) => sum + cacheWeight, 0);
  for (let times = 0; times < 2 * written.length && weight > bytes; times++) {
    const greatest = written.reduce((a, b) => (b.cacheWeight > a.cacheWeight ? b : a));
    weight -= greatest.cacheWeight;
    greatest.trim();
    weight += greatest.cacheWeight;
  }
}
