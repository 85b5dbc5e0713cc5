// Every page, at both sizes and in both themes: its content is there, nothing complains, nothing is wider than the window.

import { expect, test } from "vitest";

import { fits, numberOf, picture, visit } from "./visit";
import { until } from "./until";

/** Each page, and what must be on it before it counts as there. */
const PAGES: [name: string, path: string, content: string[]][] = [
  ["home", "/", [".money", ".account", "canvas"]],
  ["trades", "/trades", ["[data-index='0']", ".totals", "canvas"]],
  ["memory", "/memory", ["main .item"]],
  ["models", "/models", ["main .empty, main .standing-card"]],
  ["runs", "/runs", ["table.runs tbody tr"]],
  ["chart", "/charts/live/SIM-ALPHA", [".live-chart canvas", ".legend"]],
  ["candles", "/charts", ["main .charts"]],
  ["health", "/system", ["[data-feed]", ".meter", ".latencies", ".past"]],
  ["alerts", "/alerts", [".alert", ".level-form"]],
  ["config", "/config", [".setting", ".history"]],
  ["jobs", "/jobs", ["main h1"]],
];

for (const size of ["desk", "phone"] as const) {
  for (const theme of ["light", "dark"] as const) {
    test(`every page, ${size}, ${theme}`, async () => {
      const { page, complaints, go, leave } = await visit(size, theme);
      for (const [name, path, contents] of PAGES) {
        await go(path);
        for (const content of contents) await page.locator(content).first().waitFor();
        await until(`${name} fits into the window`, () => fits(page), 5_000);
        await picture(page, `${name}-${size}-${theme}`);
      }
      expect(complaints).toEqual([]);
      await leave();
    });
  }
}

test("a trade opens to its reasons, and the address leads back to it", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/trades");
  await page.locator("[data-index='0']").click();
  const drawer = page.locator(".drawer");
  await drawer.locator("canvas").first().waitFor();
  await drawer.getByRole("heading", { name: "Why" }).waitFor();
  await picture(page, "trade-desk-light");
  expect(page.url()).toContain("trade=");
  await page.reload();
  await drawer.waitFor();
  await page.goBack();
  await drawer.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await leave();
});

test("the pages move while it trades, without a reload", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/");
  const equity = page.locator(".account .figure").first();
  const before = await numberOf(equity);
  expect(before).toBeGreaterThan(0);
  await until("the equity changes", async () => (await numberOf(equity)) !== before);
  await go("/system");
  const messages = page.locator("[data-feed] .small.muted").filter({ hasText: "messages" });
  const first = await messages.innerText();
  await until("messages are counted", async () => (await messages.innerText()) !== first);
  expect(complaints).toEqual([]);
  await leave();
});
