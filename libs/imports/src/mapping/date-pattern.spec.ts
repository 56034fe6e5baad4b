import { describe, expect, it } from '@jest/globals';
import { DatePattern } from './date-pattern.js';

const read = (pattern: string, text: string) => {
  const clock = new DatePattern(pattern).read(text);
  return clock === undefined ? undefined : `${clock.date} ${clock.time}`;
};

describe('date patterns', () => {
  it.each([
    ['yyyy-MM-dd HH:mm:ss', '2010-12-01 08:26:00', '2010-12-01 08:26:00.000'],
    ['yyyyMMdd', '20171211', '2017-12-11 00:00:00.000'],
    ['M/d/yyyy H:mm', '12/1/2010 8:26', '2010-12-01 08:26:00.000'],
    ['d.M.yyyy h:mm a', '1.12.2010 12:05 am', '2010-12-01 00:05:00.000'],
    ['d.M.yyyy h:mm a', '1.12.2010 12:05 PM', '2010-12-01 12:05:00.000'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSS", '2010-12-01T08:26:01.250', '2010-12-01 08:26:01.250'],
    ['yyyy(MM)dd', '2012(02)29', '2012-02-29 00:00:00.000'],
  ])('%s reads %s', (pattern, text, clock) => {
    expect(read(pattern, text)).toBe(clock);
  });

  it.each([
    ['yyyy-MM-dd', '2011-02-29'],
    ['yyyy-MM-dd', '2011-13-01'],
    ['yyyy-MM-dd', '2011-1-1'],
    ['yyyy-MM-dd', '2011-01-01 08:00'],
    ['yyyy-MM-dd HH:mm', '2011-01-01 24:00'],
    ['d.M.yyyy h:mm a', '1.1.2011 13:00 pm'],
    ['yyyy.MM.dd', '2011x01x01'],
  ])('%s refuses %s', (pattern, text) => {
    expect(read(pattern, text)).toBeUndefined();
  });

  it.each([
    ['yyyy-MM', 'the day is missing'],
    ['yy-MM-dd', '"yy" is none of'],
    ['yyyy-MM-ddTHH:mm', '"T" is none of'],
    ['yyyy-MM-dd h:mm', 'h and a go together'],
    ['yyyy-MM-dd HH:mm H', 'names the hour twice'],
  ])('%s is no pattern', (pattern, message) => {
    expect(() => new DatePattern(pattern)).toThrow(message);
  });
});
