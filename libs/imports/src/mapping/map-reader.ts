/** A map file that cannot be used: all that is wrong with it. */
export class MapError extends Error {
  override readonly name = 'MapError';

  /** @param faults one line each, with the place: `fields.placedAt.zone: …` */
  constructor(readonly faults: readonly string[]) {
    super(`The map cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Reads members of parsed JSON, noting every fault with its place instead of stopping at the first. */
export class MapReader {
  readonly faults: string[] = [];

  fault(place: string, message: string): undefined {
    this.faults.push(`${place === '' ? 'the map' : place}: ${message}`);
    return undefined;
  }

  /** An object without members other than those named. */
  object(value: unknown, place: string, members: readonly string[]): Members | undefined {
    const object = this.record(value, place, 50);
    if (object === undefined) return undefined;
    for (const name of Object.keys(object)) {
      if (!members.includes(name)) {
        this.fault(place, `"${name.slice(0, 64)}" is not known here; known are ${members.join(', ')}`);
      }
    }
    return object;
  }

  /** An object with members of any name. */
  record(value: unknown, place: string, maxMembers: number): Members | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fault(place, 'must be an object');
    }
    if (Object.keys(value).length > maxMembers) return this.fault(place, `must have at most ${maxMembers} members`);
    return value as Members;
  }

  text(value: unknown, place: string, { min = 1, max = 200 } = {}): string | undefined {
    if (typeof value === 'string' && value.length >= min && value.length <= max) return value;
    return this.fault(place, `must be a text of ${min} to ${max} characters`);
  }

  optionalText(value: unknown, place: string, bounds?: { min?: number; max?: number }): string | undefined {
    return value === undefined ? undefined : this.text(value, place, bounds);
  }

  /** A list, each item read by `read`; items with faults are left out. */
  list<T>(
    value: unknown,
    place: string,
    maxItems: number,
    read: (item: unknown, place: string) => T | undefined,
  ): readonly T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length > maxItems) {
      this.fault(place, `must be a list of at most ${maxItems}`);
      return [];
    }
    return value.map((item, index) => read(item, `${place}[${index}]`)).filter((item) => item !== undefined);
  }

  flag(value: unknown, place: string): boolean {
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    this.fault(place, 'must be true or false');
    return false;
  }

  oneOf<T extends string>(value: unknown, place: string, allowed: readonly T[]): T | undefined {
    return allowed.find((each) => each === value) ?? this.fault(place, `must be one of ${allowed.join(' ')}`);
  }

  integer(value: unknown, place: string, min: number, max: number): number | undefined {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.fault(place, `must be an integer from ${min} to ${max}`);
  }
}
