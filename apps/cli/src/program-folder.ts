import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder in which the program lies, with its package.json and samples. */
export function programFolder(): string {
  return dirname(require.resolve('#package.json'));
}

export function programVersion(): string {
  return require('#package.json').version;
}
