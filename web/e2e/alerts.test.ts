// Price alerts fire, alerts are acknowledged, and the history keeps them.

import { expect, test } from "vitest";

import { ask } from "./server";
import { until } from "./until";
import { picture, visit } from "./visit";

async function lastPrice(symbol: string): Promise<number> {
  const { last_prices } = await ask<{ last_prices: Record<string, number> }>("/api/live/board");
  return last_prices[symbol] ?? Number.NaN;
}

interface Past {
  rows: { id: number; kind: string; subject: string; acknowledged_by: string | null }[];
}

test("a price alert set on the chart near the price fires", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/charts/live/SIM-ALPHA");
  const price = await lastPrice("SIM-ALPHA");
  expect(price).toBeGreaterThan(0);
  // One a hair above and one a hair below: whichever way the price goes, it reaches one of them.
  const field = page.getByLabel("Price for a new alert on SIM-ALPHA");
  const watched = page.getByLabel("Price alerts on this chart").locator("li");
  for (const [index, factor] of [0.9998, 1.0002].entries()) {
    await field.fill((price * factor).toPrecision(8));
    await field.press("Enter");
    await until("the alert is on the chart or has fired already", async () => {
      const fired = (await ask<Past>("/api/live/alerts?kind=PRICE_LEVEL")).rows.length;
      return (await watched.count()) + fired > index;
    });
  }
  await picture(page, "chart-alerts-desk-light");
  await until("one of them fires", async () => (await ask<Past>("/api/live/alerts?kind=PRICE_LEVEL")).rows.length > 0);
  await go("/alerts?kind=PRICE_LEVEL");
  await page.locator("[aria-label=History] .alert").first().getByText("SIM-ALPHA is at").waitFor();
  await picture(page, "alerts-fired-desk-light");
  expect(complaints).toEqual([]);
  await leave();
});

test("a price alert is added to the list and removed again", async () => {
  const { page, complaints, go, leave } = await visit("phone");
  await go("/alerts");
  const form = page.locator(".level-form");
  await form.locator("select[name=symbol]").selectOption("SIM-BETA");
  await form.locator("select[name=reach]").selectOption("above");
  const last = await lastPrice("SIM-BETA");
  const far = (last * 3).toPrecision(6);
  await form.locator("input[name=price]").fill(far);
  await form.locator("input[name=note]").fill("to the moon");
  await form.getByRole("button", { name: "Add" }).click();
  const row = page.locator("[data-watched]").filter({ hasText: "to the moon" });
  await row.waitFor();
  await row.getByRole("button", { name: /Remove/ }).click();
  await row.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await leave();
});

test("an alert is acknowledged, and filters outlive a reload", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/alerts");
  const active = page.locator("[aria-label='Active alerts'] .alert[data-state=active]");
  await active.first().waitFor();
  const id = await active.first().getAttribute("data-alert");
  await active.first().getByRole("button", { name: "Acknowledge" }).click();
  await until(
    "the records have it",
    async () =>
      (await ask<Past>("/api/live/alerts?limit=1000")).rows.find((row) => String(row.id) === id)?.acknowledged_by,
  );
  await page.locator(`[aria-label=History] [data-alert='${id}']`).getByText("noted by").waitFor();

  const yellow = page.getByRole("group", { name: "Severity" }).locator("[data-severity=yellow]");
  await yellow.click();
  await page.getByRole("group", { name: "State" }).getByRole("button", { name: "over" }).click();
  expect(page.url()).toContain("severity=yellow");
  await page.reload();
  await yellow.and(page.locator("[aria-pressed=true]")).waitFor();
  await page.getByRole("button", { name: "over", pressed: true }).waitFor();
  expect(complaints).toEqual([]);
  await leave();
});
