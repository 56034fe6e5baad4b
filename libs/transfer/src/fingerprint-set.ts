const FIRST_SIZE = 1 << 16;
/** Of the places, at most this share is taken. */
const LOAD = 0.6;

/**
 * Remembers texts by 64 bits of each, in 13 to 27 bytes a text, whatever its length. Says of a text that it was there
 * before, rightly or, once in many billions, wrongly: whoever cares looks again.
 */
export class FingerprintSet {
  /** Two numbers a place; both 0: free. */
  #places = new Uint32Array(2 * FIRST_SIZE);
  #count = 0;

  /** Adds the text; whether it seems to have been there. */
  add(text: string): boolean {
    const [high, low] = fingerprint(text);
    if (!this.#put(high, low)) return true;
    this.#count += 1;
    if (2 * this.#count > LOAD * this.#places.length) this.#grow();
    return false;
  }

  #put(high: number, low: number): boolean {
    const places = this.#places;
    const mask = places.length / 2 - 1;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const [storedHigh, storedLow] = [places[2 * place], places[2 * place + 1]];
      if (storedHigh === high && storedLow === low) return false;
      if (storedHigh !== 0 || storedLow !== 0) continue;
      places[2 * place] = high;
      places[2 * place + 1] = low;
      return true;
    }
  }

  #grow(): void {
    const old = this.#places;
    this.#places = new Uint32Array(2 * old.length);
    for (let place = 0; place < old.length; place += 2) {
      const [high = 0, low = 0] = [old[place], old[place + 1]];
      if (high !== 0 || low !== 0) this.#put(high, low);
    }
  }
}

/** Two independent 32-bit hashes in the manner of FNV-1a, finished by murmur3's mixer; never both 0. */
function fingerprint(text: string): [high: number, low: number] {
  let [high, low] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul((low << 5) ^ (low >>> 27) ^ code, 0x5bd1e995);
  }
  return [(mixed(high) | 1) >>> 0, mixed(low)];
}

function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return (whole ^ (whole >>> 16)) >>> 0;
}
