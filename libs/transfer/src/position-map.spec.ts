import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PositionMap } from './position-map.js';
import { TransferRefused } from './transfer-refused.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'positions ä '));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('The map of positions', () => {
  it('is not written by two copies at a time', async () => {
    const path = join(folder, 'map.csv');
    const [first, second] = [await PositionMap.open(path), await PositionMap.open(path)];
    for (const map of [first, second]) {
      for (const position of [1n, 2n, 3n]) await map.add({ source: position, target: position + 10n });
    }
    await first.close();
    await expect(second.close()).rejects.toThrow(TransferRefused);
    expect(readFileSync(path, 'utf8')).toBe('source,target,events\n1,11,3\n');
  });
});
