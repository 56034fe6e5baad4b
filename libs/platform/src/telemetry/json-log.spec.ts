import { describe, expect, it } from '@jest/globals';
import { JsonLog, type LogLevel } from './json-log.js';

function logAt(level?: LogLevel) {
  const lines: string[] = [];
  const log = new JsonLog(
    level,
    (line) => lines.push(line),
    () => '2026-01-01T00:00:00.000Z',
  );
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line)) };
}

describe('JsonLog', () => {
  it('writes one object a line, whatever stands in the message', () => {
    const { log, lines, parsed } = logAt();
    log.line('info', 'Ledger', 'two\nlines "quoted"', { requestId: 'r', traceId: undefined, status: 503 });
    expect(lines[0]).toMatch(/^\{"time":"2026-01-01T00:00:00.000Z","level":"info","context":"Ledger","message":/);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    expect(parsed()[0]).toEqual({
      time: '2026-01-01T00:00:00.000Z',
      level: 'info',
      context: 'Ledger',
      message: 'two\nlines "quoted"',
      requestId: 'r',
      status: 503,
    });
  });

  it('keeps back what lies below its level', () => {
    const { log, parsed } = logAt('warn');
    log.debug('no', 'A');
    log.log('no', 'Ledger');
    log.warn('yes', 'A');
    log.error('yes', 'A');
    expect(parsed().map(({ level }) => level)).toEqual(['warn', 'error']);
  });

  it('understands Nest: contexts, stacks, errors, objects; and leaves its setting up out', () => {
    const { log, parsed } = logAt();
    log.log('Mapped {/v1/accounts, POST} route', 'RouterExplorer');
    log.log('The ledger is ready', 'Ledger');
    log.error('failed', 'Error: x\n    at y', 'Http');
    log.error(new Error('boom'), undefined, 'Http');
    log.error({ message: 'A request failed.', requestId: 'r' }, undefined, 'Http');
    expect(parsed()).toMatchObject([
      { context: 'Ledger', message: 'The ledger is ready' },
      { context: 'Http', message: 'failed', error: 'Error: x\n    at y' },
      { context: 'Http', message: 'boom', error: expect.stringContaining('json-log.spec') },
      { context: 'Http', message: 'A request failed.', requestId: 'r' },
    ]);
  });

  it('cuts what is too long for a collector', () => {
    const { log, lines } = logAt();
    log.line('error', 'Http', 'x'.repeat(100_000), { error: 'y'.repeat(100_000) });
    expect(lines[0]?.length).toBeLessThan(17_000);
  });
});
