import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TransferRefused } from '#transfer';
import { syncFolder } from './embedded-files.js';

/**
 * Makes a folder to work in, for its owner alone, beside the one that the work is for: under a name that nobody has, so that
 * nothing of others is touched and two that do the same do not meet.
 * @param name how its name begins
 * @throws TransferRefused
 */
export async function makeWorkFolder(name: string): Promise<string> {
  try {
    await mkdir(dirname(name), { recursive: true, mode: 0o700 });
    return await mkdtemp(`${name}-`);
  } catch (cause) {
    throw new TransferRefused(`No folder can be made in ${dirname(name)}: ${(cause as Error).message}`, { cause });
  }
}

/** Gives finished work its name, which nobody or an empty folder has. @throws TransferRefused when somebody has it by now */
export async function nameFolder(work: string, folder: string): Promise<void> {
  try {
    // Not every system gives a folder the name of one that is there, though it be empty.
    if (existsSync(folder)) await rmdir(folder);
    await rename(work, folder);
  } catch (cause) {
    throw new TransferRefused(`${folder} cannot be made: ${(cause as Error).message}`, { cause });
  }
  await syncFolder(dirname(folder));
}
