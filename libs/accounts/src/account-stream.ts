import type { RecordedEvent } from '#event-sourcing';

const PREFIX = 'account-';

export function accountStream(accountId: string): string {
  return `${PREFIX}${accountId}`;
}

export function isAccountStream({ stream }: Pick<RecordedEvent, 'stream'>): boolean {
  return stream.startsWith(PREFIX);
}
