import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TransferRefused } from '#transfer';
import { syncFolder } from './embedded-files.js';

/**
 * Makes a folder to work in, for its owner alone, beside or in the one that the work is for: under a name that nobody has, so
 * that nothing of others is touched and two that do the same do not meet.
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

/**
 * Moves finished work out of its folder into the one around it, which holds nothing else. That one keeps its owner and its
 * rights, and may be what cannot be replaced: the place of a mount, or a link.
 * @param last the file without which the others are nothing
 * @throws TransferRefused when something else is there by now
 */
export async function fillFolder(work: string, folder: string, last: string): Promise<void> {
  if ((await readdir(folder)).some((name) => name !== basename(work))) {
    throw new TransferRefused(`${folder} was empty, and somebody has put something into it: name another folder.`);
  }
  const others = (await readdir(work)).filter((name) => name !== last);
  try {
    for (const name of others) await rename(join(work, name), join(folder, name));
    // Also a power cut leaves no last file without the others.
    await syncFolder(folder);
    await rename(join(work, last), join(folder, last));
  } catch (cause) {
    for (const name of others) await rm(join(folder, name), { force: true });
    throw new TransferRefused(`${folder} cannot be filled: ${(cause as Error).message}`, { cause });
  }
  await rmdir(work);
  await syncFolder(folder);
}
