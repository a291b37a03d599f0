/**
 * Runs functions with the same key one after another, in call order, and those with different keys side by side.
 * A failure of one does not keep the next from running.
 */
export function createExclusive(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = last.get(key) ?? Promise.resolve();
    const current = before.then(run, run);
    const settled = current.catch(() => {});
    last.set(key, settled);
    try {
      return await current;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
