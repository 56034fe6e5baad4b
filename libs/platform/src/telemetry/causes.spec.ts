import { describe, expect, it } from '@jest/globals';
import { causesOf } from './causes.js';

describe('causesOf', () => {
  it('names what lies behind an error, the nearest first, and none of its messages', () => {
    const refused = Object.assign(new Error('connect 10.0.0.1:27017'), { code: 'ECONNREFUSED' });
    const selection = new TypeError('no server', { cause: refused });
    expect(causesOf(new Error('The read store cannot be reached.', { cause: selection }))).toBe(
      'TypeError, Error ECONNREFUSED',
    );
    expect(causesOf(new Error('locked', { cause: Object.assign(new Error('busy'), { errcode: 5, code: 'X' }) }))).toBe(
      'Error 5',
    );
  });

  it('gives nothing for what has no cause, and ends in a circle', () => {
    expect(causesOf(new Error('alone'))).toBeUndefined();
    expect(causesOf('a text')).toBeUndefined();
    const circle: Error & { cause?: unknown } = new RangeError('round');
    circle.cause = circle;
    expect(causesOf(circle)?.split(', ')).toHaveLength(5);
  });
});
