import { describe, expect, it } from '@jest/globals';
import { placeArguments } from './place-arguments.js';
import { run } from './run.js';

describe('A command line that names places', () => {
  it('takes several words a place, and knows the others', () => {
    const args = ['--to', 'esdb://a', 'mongodb://b', '--positions', 'map.csv', 'backup', '--rebuild', '--from', 'data'];
    expect(placeArguments(args, ['from', 'to'], ['positions'], ['rebuild'])).toEqual({
      words: ['backup'],
      from: ['data'],
      to: ['esdb://a', 'mongodb://b'],
      texts: { positions: 'map.csv' },
      flags: new Set(['rebuild']),
    });
    expect(placeArguments([], ['from'], [], [])).toMatchObject({ words: [], from: undefined, to: undefined });
  });

  const env = { KEYLEDGER_DATA_DIR: '/nowhere/of/any/ledger' };
  const keyledger = async (...args: string[]) => {
    const err: string[] = [];
    const terminal = { out: () => undefined, err: (text: string) => err.push(text), interactive: false };
    const code = await run(args, { ...terminal, env, signal: new AbortController().signal });
    return { code, err: err.join('\n') };
  };

  it.each([
    [['copy', '--from', 'a'], 2, 'keyledger copy needs --from and --to.'],
    [['copy', 'a', '--from', 'a', '--to', 'b'], 2, 'does not know what to do with "a"'],
    [['copy', '--from', 'a', '--to', 'b', '--to', 'c'], 2, '--to is said twice.'],
    [['copy', '--from', 'a', '--to', 'b', '--fast'], 2, "Unknown option '--fast'"],
    [['backup'], 2, 'keyledger backup takes one new folder.'],
    [['restore', 'b'], 2, 'keyledger restore needs --to.'],
    [['copy', '--from', 'a', '--to', 'esdb://h'], 1, 'add mongodb://… or a folder'],
    [['copy', '--from', 'a', '--to', 'mongodb://h'], 1, 'add esdb://… or a folder'],
    [['copy', '--from', 'a', '--to', 'b', 'c'], 1, 'A ledger is named by a folder'],
    [['copy', '--from', 'a', '--to', 'postgres://h', 'b'], 1, 'A ledger is named by a folder'],
    [['copy', '--from', 'a', '--to', 'b', '--to-prefix', 'a b'], 1, 'KEYLEDGER_STREAM_PREFIX must be'],
    [['verify'], 1, '/nowhere/of/any/ledger holds no ledger'],
    [['restore', '/nowhere/of/any/backup', '--to', 'b'], 1, 'is no backup, or one that was not finished'],
  ])('%j is told what is wrong with it', async (args, code, message) => {
    expect(await keyledger(...args)).toMatchObject({ code, err: expect.stringContaining(message) });
  });
});
