import type { Binding } from './conditions.js';

/*
 * Where to look into a table to learn how many rows its groups have: at places spread over what stands between the least
 * and the greatest group. Both ends would not do: the oldest accounts, with the most facts, may stand at one of them.
 */

const PLACES = 8;
/** As many code units of a text tell places apart; each counts as one of so many. */
const UNITS = 3;
const UNIT = 0x80;

/** Values that lie in equal distances between two, as far as texts have distances. @param greatest not below `least` */
export function placesBetween(least: Binding, greatest: Binding): Binding[] {
  if (typeof least === 'bigint' && typeof greatest === 'bigint') {
    return places((place) => least + ((greatest - least) * BigInt(2 * place + 1)) / BigInt(2 * PLACES));
  }
  const [from, to] = [String(least), String(greatest)];
  let same = 0;
  while (same < from.length && from.charCodeAt(same) === to.charCodeAt(same)) same++;
  const low = numberAt(from, same);
  const high = numberAt(to, same);
  return places(
    (place) => from.slice(0, same) + textOf(Math.floor(low + ((high - low) * (2 * place + 1)) / (2 * PLACES))),
  );
}

function places(at: (place: number) => Binding): Binding[] {
  return Array.from({ length: PLACES }, (_, place) => at(place));
}

function numberAt(text: string, start: number): number {
  let number = 0;
  for (let unit = start; unit < start + UNITS; unit++) {
    number = number * UNIT + Math.min(text.charCodeAt(unit) || 0, UNIT - 1);
  }
  return number;
}

function textOf(number: number): string {
  let text = '';
  for (let rest = number, unit = 0; unit < UNITS; unit++, rest = Math.floor(rest / UNIT)) {
    text = String.fromCharCode(rest % UNIT) + text;
  }
  // Nothing that SQLite stores holds one.
  return text.replaceAll('\0', '');
}
