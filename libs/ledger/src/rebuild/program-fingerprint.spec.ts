import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { programFingerprint } from './program-fingerprint.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'program ä-'));
  mkdirSync(join(folder, 'orders'));
  writeFileSync(join(folder, 'orders', 'fold.js'), 'export const fold = 1;');
  writeFileSync(join(folder, 'notes.txt'), 'what is no code');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is the same for the same code, and another for any other', () => {
  const before = programFingerprint(folder);
  expect(before).toMatch(/^[0-9a-f]{32}$/);
  writeFileSync(join(folder, 'notes.txt'), 'other words');
  expect(programFingerprint(folder)).toBe(before);
  writeFileSync(join(folder, 'orders', 'fold.js'), 'export const fold = 2;');
  const mended = programFingerprint(folder);
  expect(mended).not.toBe(before);
  writeFileSync(join(folder, 'orders', 'other.js'), '');
  expect(programFingerprint(folder)).not.toBe(mended);
});

it('is that of the built programs', () => {
  expect(programFingerprint()).toBe(programFingerprint(join(import.meta.dirname, '../../../../dist/programs')));
});
