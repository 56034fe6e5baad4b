/** So many logical partitions has every ledger, for ever: keys of documents hold their numbers. */
export const PARTITIONS = 64;

/** The logical partition of a stream: FNV-1a (32 bits) of its name's UTF-16 code units, modulo 64. */
export function partitionOf(stream: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < stream.length; index++) {
    hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
}
