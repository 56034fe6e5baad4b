import type { RecordedEvent } from '#event-sourcing';

export function isAccountStream({ stream }: Pick<RecordedEvent, 'stream'>): boolean {
  return stream.startsWith('account-');
}
