import { StoreUnavailable } from '../event-store.js';
import { type AppendPatience, FIRST_PAUSE, LONGEST_PAUSE } from './settled-append.js';

/**
 * Does the reading, and does it again while the store is away: a connection that broke takes reads along with the append
 * that it was carrying.
 * @throws StoreUnavailable when patience ran out
 */
export async function patientRead<T>(read: () => Promise<T>, patience: AppendPatience): Promise<T> {
  const start = patience.elapsed();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || patience.elapsed() - start >= patience.unavailable) throw error;
    }
    await patience.sleep(pause);
  }
}
