import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chainedEvents, eventHash } from '#event-sourcing';

/** RFC 8785 by a library. */
const canonicalize: (value: unknown) => string = createRequire(import.meta.url)('canonicalize');

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const request = fc.record(
  {
    context: fc.record({ now: text, actor: text, role: text }),
    correlationId: text,
    idempotencyKey: text,
    requestHash: text,
    requestId: text,
    source: text,
    traceparent: text,
  },
  { requiredKeys: ['context', 'correlationId', 'requestId', 'source'] },
);
const facts = fc.array(
  fc.record({ type: text, occurredAt: text, data: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), text) }),
  { minLength: 1, maxLength: 3 },
);

describe('chainedEvents', () => {
  it('gives the texts of what it gives, canonical, with hashes that can be made again', () => {
    fc.assert(
      fc.property(request, facts, text, (command, events, recordedAt) => {
        const end = { stream: 'account-a', revision: 4, hash: 'before' };
        let prevHash = end.hash;
        const chained = chainedEvents(end, command, events, recordedAt, randomUUID);
        for (const [index, { data, id, metadata, texts, type }] of chained.entries()) {
          expect(texts).toEqual({ data: canonicalize(data), metadata: canonicalize(metadata) });
          expect(JSON.stringify(metadata)).toBe(texts.metadata);
          const { hash, ...unhashed } = metadata;
          expect(unhashed.prevHash).toBe(prevHash);
          const place = [unhashed.prevHash, end.stream, 5 + index, id, type];
          const covered = canonicalize([...place, data, unhashed]) ?? '';
          expect(createHash('sha256').update(covered).digest('hex')).toBe(hash);
          expect(eventHash({ stream: end.stream, revision: 5 + index, id, type, data }, unhashed)).toBe(hash);
          expect(unhashed.traceparent).toBe(command.traceparent);
          prevHash = hash;
        }
      }),
    );
  });
});
