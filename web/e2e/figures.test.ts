// How quick the pages are: measured and printed, for machines differ. Only what would be broken on any of them fails.

import { expect, test } from "vitest";

import { until } from "./until";
import { visit } from "./visit";

const SAMPLES = 60;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

test("first paint, and the time from the engine to the screen", async () => {
  const { page, go, leave } = await visit();
  // Notes how old each state of the engine is when the picture that shows it has been drawn.
  await page.addInitScript(() => {
    const late: number[] = [];
    Object.assign(window, { late });
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
      constructor(...given: ConstructorParameters<typeof Socket>) {
        super(...given);
        this.addEventListener("message", ({ data }) => {
          const message = JSON.parse(String(data)) as { type: string; topic?: string; data?: { updated_at?: number } };
          const made = message.topic === "status" && message.type === "delta" ? message.data?.updated_at : undefined;
          // The frame after the next one begins when the next one is on its way to the screen.
          if (made !== undefined)
            requestAnimationFrame(() => requestAnimationFrame(() => late.push(Date.now() - made)));
        });
      }
    };
  });
  await go("/");
  await page.locator(".account").waitFor();
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  console.log(`first paint of Home: ${paint.toFixed(0)} ms`);
  const late = (): Promise<number[]> => page.evaluate(() => (window as unknown as { late: number[] }).late);
  await until(`${SAMPLES} updates`, async () => (await late()).length >= SAMPLES);
  const values = await late();
  console.log(
    `engine to screen, ${values.length} updates: p50 ${quantile(values, 0.5)} ms, p95 ${quantile(values, 0.95)} ms, ` +
      `most ${Math.max(...values)} ms`,
  );
  expect(paint).toBeLessThan(10_000);
  await leave();
});
