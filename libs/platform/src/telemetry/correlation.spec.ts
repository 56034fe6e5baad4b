import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { correlationIdOf, parseTraceparent } from './correlation.js';

const REQUEST = '3f0e6bb0-5a3e-4a66-9f0a-3c1f2c3d4e5f';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('correlationIdOf', () => {
  it('takes the client’s id before the trace’s, and the trace’s before the request’s', () => {
    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
    expect(correlationIdOf({ 'x-correlation-id': 'a:1', traceparent }, REQUEST)).toBe('a:1');
    expect(correlationIdOf({ traceparent }, REQUEST)).toBe(TRACE);
    expect(correlationIdOf({}, REQUEST)).toBe(REQUEST);
  });

  it('gives nothing but 1 to 64 harmless characters, whatever is sent', () => {
    const header = fc.option(fc.oneof(fc.string({ maxLength: 200 }), fc.array(fc.string(), { maxLength: 3 })), {
      nil: undefined,
    });
    fc.assert(
      fc.property(header, header, (given, traceparent) => {
        const headers = {
          ...(given === undefined ? {} : { 'x-correlation-id': given }),
          ...(traceparent === undefined ? {} : { traceparent }),
        };
        expect(correlationIdOf(headers, REQUEST)).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
      }),
    );
  });
});

describe('parseTraceparent', () => {
  it('reads version 00 and its sampled flag', () => {
    expect(parseTraceparent(`00-${TRACE}-00f067aa0ba902b7-01`)).toEqual({
      traceId: TRACE,
      spanId: '00f067aa0ba902b7',
      sampled: true,
    });
    expect(parseTraceparent(`00-${TRACE}-00f067aa0ba902b7-02`)?.sampled).toBe(false);
  });

  it.each([
    ['zeros as trace', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['zeros as parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`],
    ['another version', `01-${TRACE}-00f067aa0ba902b7-01`],
    ['more behind it', `00-${TRACE}-00f067aa0ba902b7-01-x`],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});
