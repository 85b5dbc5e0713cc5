// Waiting for what must become true, never for a time to pass.

/** Long enough for two busy cores. */
export const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

/** Looks until `probe` gives something and gives that; what it throws meanwhile counts as nothing yet. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | null | undefined | false>,
  patience = PATIENCE_MS,
): Promise<T> {
  const end = performance.now() + patience;
  let last: unknown = null;
  for (;;) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
      last = found;
    } catch (cause) {
      last = cause;
    }
    if (performance.now() > end) throw new Error(`after ${patience / 1_000} s still not: ${what} (${String(last)})`);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
