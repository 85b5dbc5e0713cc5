// The exchange stops: every page says so, and all is well again when it is back.

import { afterAll, expect, test } from "vitest";

import { command } from "./server";
import { PATIENCE_MS, until } from "./until";
import { type Visit, picture, visit } from "./visit";

const PAGES = ["/", "/trades", "/memory", "/charts/live/SIM-ALPHA", "/runs", "/system", "/alerts", "/config"];

const resume = (): Promise<void> => command({ command: "sim_fault", fault: "resume" });

afterAll(resume);

test("every page says that the exchange is gone, and recovers", async () => {
  const visits: Visit[] = [];
  for (const path of PAGES) {
    const one = await visit();
    await one.go(path);
    await one.page.locator(".connection[data-level=good]").waitFor();
    visits.push(one);
  }
  const banner = ({ page }: Visit): Promise<void> => page.locator(".banner[data-level=danger]").waitFor();
  const stopped = performance.now();
  await command({ command: "sim_fault", fault: "stop" });
  const said = await Promise.all(
    visits.map(async (one) => {
      await banner(one);
      return performance.now() - stopped;
    }),
  );
  said.forEach((ms, index) => console.log(`${PAGES[index]} says that the exchange is gone after ${ms.toFixed(0)} ms`));
  // Two seconds is what the pages promise; a machine that is busy with eight of them at once may be late.
  expect(Math.max(...said)).toBeLessThan(PATIENCE_MS / 3);
  await picture(visits[0]?.page as Visit["page"], "outage-home-desk-light");
  await picture(visits[5]?.page as Visit["page"], "outage-health-desk-light");

  // Who comes only now is told, too.
  const late = await visit("phone", "dark");
  await late.go("/");
  await banner(late);
  await picture(late.page, "outage-home-phone-dark");

  const resumed = performance.now();
  await resume();
  await Promise.all(
    [...visits, late].map(({ page }) => page.locator(".banner[data-level=danger]").waitFor({ state: "detached" })),
  );
  console.log(`all is well ${(performance.now() - resumed).toFixed(0)} ms after it is back`);
  // Equity need not move: nothing may be held.
  const prices = (visits[3]?.page as Visit["page"]).locator(".live-symbol");
  const before = await prices.allInnerTexts();
  await until("prices move again", async () => (await prices.allInnerTexts()).join() !== before.join());
  for (const { complaints, leave } of [...visits, late]) {
    expect(complaints).toEqual([]);
    await leave();
  }
});
