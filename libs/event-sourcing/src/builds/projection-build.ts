import type { Projection } from '../projection.js';
import { checkCollection } from '../read-store-rules.js';

/**
 * The same projection, made into a collection and under a checkpoint of its own: `orders_v1` becomes `orders_v1_b2`,
 * `orders.v1` becomes `orders.v1.b2`. Build 1 is the projection itself.
 * @param projection in its first build
 * @param build from 1 on; a number is never used again, so that nobody takes one build for another
 * @throws TypeError when the collection's name gets too long by it
 */
export function buildOf<P extends Projection>(projection: P, build: number): P {
  if (build === 1) return projection;
  const { collection } = projection;
  const renamed = { ...collection, name: `${collection.name}_b${build}` };
  checkCollection(renamed);
  return { ...projection, build, collection: renamed };
}
