import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { run } from './run.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyledger cli ü '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function keyledger(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    env: { KEYLEDGER_DATA_DIR: join(folder, 'data') },
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    interactive: false,
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const VISITS = 'accountId,visitId,channel,visitedAt\na,v1,phone,2026-03-01T10:00:00Z\n';

describe('keyledger', () => {
  it('helps, and tells its version', async () => {
    for (const args of [['help'], ['--help'], ['import', '--help']]) {
      expect(await keyledger(...args)).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--kind KIND') });
    }
    expect(await keyledger('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it.each([
    [[], 'What is to be done?'],
    [['improt'], 'There is no command "improt".'],
    [['import', '--kind', 'orders'], 'takes one file'],
    [['import', 'a.csv', 'b.csv', '--kind', 'orders'], 'takes one file'],
    [['import', 'a.csv'], '--kind is missing'],
    [['import', 'a.csv', '--kind', 'orderz'], '--kind must be one of orders'],
    [['import', 'a.csv', '--kind', 'orders', '--on-error', 'retry'], '--on-error must be one of skip, stop'],
    [['import', 'a.csv', '--kind', 'orders', '--colour'], 'Unknown option'],
    [['import', 'a.xlsx', '--kind', 'orders', '--dry-run'], 'say --format csv or ndjson'],
    [['demo', 'now'], 'takes no arguments'],
  ])('%j: a command line that makes no sense', async (args, message) => {
    expect(await keyledger(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) });
  });

  it('checks a file without making a ledger', async () => {
    const path = file('visits.csv', VISITS);
    const { code, out } = await keyledger('import', path, '--kind', 'visits', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      kind: 'visits',
      dryRun: true,
      rows: 1,
      documents: { accepted: 1, skipped: 0, rejected: 0 },
      position: null,
      errors: [],
    });
    expect(() => rmSync(join(folder, 'data'))).toThrow();
  });

  it.each([[[]], [['--abandon']], [['--rollback']]])(
    'rebuild %j makes no ledger where there is none',
    async (options) => {
      const { code, err } = await keyledger('rebuild', ...options);
      expect([code, err]).toEqual([1, `keyledger: ${join(folder, 'data')} holds no ledger: it has no events.db.`]);
      expect(existsSync(join(folder, 'data'))).toBe(false);
    },
  );

  it('tells a person what was rejected, and where', async () => {
    const path = file('bad.csv.gz', gzipSync(`${VISITS}a,v2,pigeon,2026-03-01\n`));
    const { code, out } = await keyledger('import', path, '--kind', 'visits', '--dry-run');
    expect(code).toBe(1);
    expect(out).toMatch(/rejected\s+1/);
    expect(out).toContain('row 2, visitedAt: Must be an ISO 8601 instant');
  });

  it('records a file once', async () => {
    const path = file(
      'visits.ndjson',
      '{"accountId":"a","visitId":"v1","channel":"phone","visitedAt":"2026-03-01T10:00:00Z"}\n',
    );
    const first = await keyledger('import', path, '--kind', 'visits', '--json');
    expect({ code: first.code, ...JSON.parse(first.out) }).toMatchObject({ code: 0, documents: { accepted: 1 } });
    const again = await keyledger('import', path, '--kind', 'visits', '--json');
    expect({ code: again.code, ...JSON.parse(again.out) }).toMatchObject({
      code: 0,
      documents: { accepted: 0, skipped: 1, rejected: 0 },
    });
  });

  it.each([
    ['a file that is not there', () => join(folder, 'none.csv'), 'cannot be read'],
    ['a folder', () => folder, 'is no file'],
    ['a file with other columns', () => file('other.csv', 'a,b\n'), 'The header has columns that are not known: a, b'],
    [
      'gzip that ends too early',
      () => file('cut.csv.gz', gzipSync(VISITS).subarray(0, 40)),
      'cannot be read to its end',
    ],
    ['no gzip', () => file('no.csv.gz', VISITS), 'cannot be read to its end'],
  ])('says what is wrong with %s', async (_, path, message) => {
    const answer = await keyledger('import', path(), '--kind', 'visits', '--dry-run', '--format', 'csv');
    expect(answer).toMatchObject({ code: 1, err: expect.stringContaining(message) });
  });

  it.each([
    ['a map that is not there', () => join(folder, 'none.json'), 'cannot be read'],
    ['no JSON', () => file('map1.json', '{'), 'is not JSON'],
    ['a map of something else', () => file('map2.json', '{"fields":{}}'), 'fields: accountId is missing'],
  ])('says what is wrong with %s', async (_, map, message) => {
    const path = file('visits.csv', VISITS);
    const answer = await keyledger('import', path, '--kind', 'visits', '--dry-run', '--map', map());
    expect(answer).toMatchObject({ code: 1, out: '', err: expect.stringContaining(message) });
  });

  it('names a setting that is wrong', async () => {
    const err: string[] = [];
    const code = await run(['import', file('visits.csv', VISITS), '--kind', 'visits'], {
      env: { KEYLEDGER_TIME_ZONE: 'Mars/Olympus' },
      out: () => undefined,
      err: (text) => err.push(text),
      interactive: false,
      signal: new AbortController().signal,
    });
    expect([code, err.join()]).toEqual([1, expect.stringContaining('KEYLEDGER_TIME_ZONE must be a time zone')]);
  });

  it('shows the sample ranked', async () => {
    const { code, out, err } = await keyledger('demo');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Key accounts as of 2011-12-09, policy standard version 1');
    const [best = ''] = out.split('\n').filter((line) => /^\s*1 {2}/.test(line));
    expect(best).toMatch(/ key /);
    expect(out.split('\n').filter((line) => /^\s*\d+ {2}\S/.test(line))).toHaveLength(20);
    expect(out).toContain('npm start');
  }, 60_000);
});
