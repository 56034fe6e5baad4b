import { StoreUnavailable } from '#event-sourcing';

type Method = (...values: readonly unknown[]) => Promise<unknown>;

/**
 * A store that is opened by the first call of one of its methods, all of which give promises. While opening fails, each
 * call fails with the same error, and the next one tries again. Once it is closed, it is opened no more.
 */
export function opensWhenUsed<Store extends { close(): Promise<void> }>(
  open: () => Promise<Store>,
  methods: Readonly<Record<Exclude<keyof Store, 'close'>, true>>,
): Store {
  let opening: Promise<Store> | undefined;
  let closed = false;
  const opened = async (): Promise<Store> => {
    if (closed) throw new StoreUnavailable('The store was closed.');
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const calls = Object.keys(methods).map((name) => [
    name,
    async (...values: readonly unknown[]) => {
      const store = (await opened()) as unknown as Readonly<Record<string, Method>>;
      return store[name]?.(...values);
    },
  ]);
  const close = async (): Promise<void> => {
    // A snapshot that nobody waited for may still be on its way here.
    closed = true;
    const [outcome] = await Promise.allSettled([opening]);
    if (outcome?.status === 'fulfilled') await outcome.value?.close();
  };
  return { ...Object.fromEntries(calls), close } as Store;
}
