/** Bytes that are not text in the encoding that was promised. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/**
 * The text of a stream of bytes, chunk by chunk, without a byte order mark.
 * @param encoding a label of the WHATWG Encoding Standard
 * @throws EncodingError for bytes that this encoding does not know: better than to import names with question marks
 */
export async function* decodedText(source: AsyncIterable<Uint8Array>, encoding = 'utf-8'): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw new EncodingError(`The file is not text in the encoding ${decoder.encoding}.`, { cause: error });
    }
  };
  for await (const chunk of source) {
    const text = decode(chunk);
    if (text !== '') yield text;
  }
  const rest = decode();
  if (rest !== '') yield rest;
}
