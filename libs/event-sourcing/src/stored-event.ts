import type { JsonObject } from './json.js';

/** What stands in the place of an event and is none, as a store finds out. The message is the complaint of an UnreadableEvent. */
export class NoEvent extends Error {
  override readonly name = 'NoEvent';
}

/** The object that a stored text holds. @param what names it, `data` or `metadata`. @throws NoEvent */
export function storedObject<T extends object = JsonObject>(text: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NoEvent(`its ${what} is no JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
  throw new NoEvent(`its ${what} is no JSON object`);
}
