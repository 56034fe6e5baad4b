import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ProjectorMember } from '#event-sourcing';

/** Starts that differ by less than this are the same, since the clock that tells them is set now and then, in milliseconds. */
const SAME_START = 2_000;

/** A projector of this process, of which there may be several. */
export function newMember(): ProjectorMember {
  return { id: randomUUID(), host: processHost(), pid: process.pid, startedAt: processStart() };
}

/**
 * Whether the member's process has ended without leaving: it was on this machine, and no process has its id, or this one
 * has it now. A process of another id space cannot be judged from here.
 */
export function isGone({ host, pid, startedAt }: ProjectorMember): boolean {
  if (host !== processHost()) return false;
  if (pid === process.pid) return Math.abs(startedAt - processStart()) > SAME_START;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/** The machine, with the space of process ids where the system has several, as containers have each their own. */
function processHost(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function processStart(): number {
  return Math.round(Date.now() - process.uptime() * 1_000);
}
