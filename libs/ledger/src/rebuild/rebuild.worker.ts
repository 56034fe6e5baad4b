import { parentPort, workerData } from 'node:worker_threads';
import { runRebuild } from './rebuild-run.js';
import { type RebuildThreadData, STOP } from './rebuild-thread.js';
import { openRebuildContext } from './rebuild-wiring.js';

if (parentPort === null) throw new Error('this file is the entry of a thread');
const port = parentPort;
const stopping = new AbortController();
port.on('message', (message) => {
  if (message === STOP) stopping.abort();
});
const { claimed, config, order } = workerData as RebuildThreadData;
const context = await openRebuildContext(config);
try {
  await runRebuild(context, order, stopping.signal, claimed);
} catch (error) {
  if (!stopping.signal.aborted) throw error;
} finally {
  await context.close();
  port.close();
}
