const SCALAR = 16;
const OBJECT = 56;
const MEMBER = 16;

/** Roughly the bytes that a document's value takes in memory: enough to bound a cache by. */
export function roughSize(value: unknown): number {
  if (typeof value === 'string') return SCALAR + value.length;
  if (typeof value !== 'object' || value === null) return SCALAR;
  let size = OBJECT;
  for (const member of Object.values(value)) size += MEMBER + roughSize(member);
  return size;
}

/** The text as stores keep it, which hold U+FFFD for NUL: so that one document has one name. */
export function storedText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}
