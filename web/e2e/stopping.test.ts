// The kill switch: one click on every page, and one that confirms it. Closing everything says what it comes to.

import { afterAll, expect, test } from "vitest";

import { ask, command } from "./server";
import { until } from "./until";
import { picture, visit } from "./visit";

const reason = async (): Promise<string | null> =>
  (await ask<{ kill_switch: string | null }>("/api/live/board")).kill_switch;

afterAll(async () => {
  if ((await reason()) !== null) await command({ command: "kill_switch_off" });
});

test("entries are stopped and allowed again, from any page", async () => {
  const { page, complaints, go, leave } = await visit("phone");
  await go("/memory");
  await page.locator("[data-kill=off]").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("input[name=why]").fill("news at noon");
  await picture(page, "stop-phone-light");
  await dialog.locator("button[type=submit]").click();
  await page.locator("[data-kill=on]").waitFor();
  expect(await reason()).toContain("news at noon");
  await page.locator(".banner[data-level=warn]").getByText("kill switch").waitFor();
  const audit = await ask<{ rows: { detail: { command?: string } }[] }>("/api/live/audit?kind=command");
  expect(JSON.stringify(audit.rows[0])).toContain("kill_switch_on");

  await go("/trades");
  await page.locator("[data-kill=on]").click();
  await dialog.getByRole("button", { name: "Allow entries" }).click();
  await page.locator("[data-kill=off]").waitFor();
  expect(await reason()).toBeNull();
  expect(complaints).toEqual([]);
  await leave();
});

test("closing everything says what it comes to, and closes", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/");
  await until("something is held", async () => {
    const { positions } = await ask<{ positions: unknown[] }>("/api/live/board");
    return positions.length > 0;
  });
  await page.keyboard.press("k");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Close everything" }).first().click();
  await dialog.getByText(/open positions? worth [\d,.]+ USD/).waitFor();
  await picture(page, "flatten-desk-light");
  await dialog.locator("button[type=submit]").click();
  await dialog.waitFor({ state: "detached" });
  await until("nothing is held", async () => {
    const { positions } = await ask<{ positions: unknown[] }>("/api/live/board");
    return positions.length === 0;
  });
  await page.locator("[data-kill=on]").waitFor();
  await command({ command: "kill_switch_off" });
  await page.locator("[data-kill=off]").waitFor();
  expect(complaints).toEqual([]);
  await leave();
});
