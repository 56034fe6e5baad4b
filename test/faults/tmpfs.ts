import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';

/** A small disk of its own, in memory. Making one takes the rights of root. */
export class Tmpfs {
  private constructor(readonly folder: string) {}

  /** @throws Error where nothing may be mounted */
  static mount(megabytes: number): Tmpfs {
    const folder = mkdtempSync(join(tmpdir(), 'keyledger-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
    return new Tmpfs(folder);
  }

  /** Such as `size=64m` or `ro`. */
  remount(option: string): void {
    execFileSync('mount', ['-o', `remount,${option}`, this.folder], { stdio: 'pipe' });
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.folder], { stdio: 'pipe' });
    rmSync(this.folder, { recursive: true });
  }
}

/**
 * A case that needs {@link Tmpfs}. Where nothing may be mounted, it is said to be not run, and fails when
 * `KEYLEDGER_REQUIRE` contains `tmpfs`.
 */
export function itWithTmpfs(title: string, body: () => Promise<void>, timeout: number): void {
  const complaint = mountComplaint();
  if (complaint === undefined) {
    it(title, body, timeout);
    return;
  }
  process.stderr.write(`\nnot run: ${title}: ${complaint}\n`);
  const required = process.env.KEYLEDGER_REQUIRE?.includes('tmpfs') === true;
  (required ? it : it.skip)(title, () => {
    throw new Error(complaint);
  });
}

function mountComplaint(): string | undefined {
  try {
    Tmpfs.mount(1).unmount();
    return undefined;
  } catch (error) {
    return `no disk can be mounted here: ${String(error).split('\n')[0]}`;
  }
}
