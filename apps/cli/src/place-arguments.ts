import { parseArgs } from 'node:util';
import { UsageError } from './exit-codes.js';

/** What stands on a command line that names places, which take several words: `--to esdb://… mongodb://…`. */
export interface PlaceArguments {
  /** Words that belong to no option. */
  readonly words: readonly string[];
  readonly from: readonly string[] | undefined;
  readonly to: readonly string[] | undefined;
  readonly texts: Readonly<Record<string, string>>;
  readonly flags: ReadonlySet<string>;
}

/**
 * @param places which of `--from` and `--to` are taken
 * @param texts options with a value
 * @param flags options without
 * @throws UsageError
 */
export function placeArguments(
  args: readonly string[],
  places: readonly ('from' | 'to')[],
  texts: readonly string[],
  flags: readonly string[],
): PlaceArguments {
  const found = { from: [] as string[], to: [] as string[] };
  const words: string[] = [];
  const given: Record<string, string> = {};
  const set = new Set<string>();
  let current = words;
  for (const token of tokensOf(args, [...places, ...texts], flags)) {
    if (token.kind === 'positional') {
      current.push(token.value);
    } else if (token.kind === 'option') {
      current = words;
      const place = places.find((each) => each === token.name);
      if (place !== undefined) {
        if (found[place].length > 0) throw new UsageError(`--${place} is said twice.`);
        found[place].push(token.value ?? '');
        current = found[place];
      } else if (token.value === undefined) set.add(token.name);
      else given[token.name] = token.value;
    }
  }
  const placeOf = (name: 'from' | 'to') => (found[name].length === 0 ? undefined : found[name]);
  return { words, from: placeOf('from'), to: placeOf('to'), texts: given, flags: set };
}

function tokensOf(args: readonly string[], texts: readonly string[], flags: readonly string[]) {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' }] as const),
    ...flags.map((name) => [name, { type: 'boolean' }] as const),
  ]);
  try {
    return parseArgs({ args: [...args], allowPositionals: true, tokens: true, options }).tokens;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** @throws UsageError where there are such words */
export function noWords({ words }: PlaceArguments, command: string): void {
  if (words.length > 0) throw new UsageError(`keyledger ${command} does not know what to do with "${words[0]}".`);
}
