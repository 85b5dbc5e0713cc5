// Models: an empty page says what to type; what is typed stands there, is promoted for a reason, and is shown at both sizes and in both themes.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { beforeAll, expect, inject, test } from "vitest";

import { ask } from "./server";
import { until } from "./until";
import { type Visit, fits, picture, visit } from "./visit";

const TRAINING_MS = 120_000;

/** Runs the program on the demo's data folder. */
async function mem(...arguments_: string[]): Promise<void> {
  const binary = process.env["MEM_BINARY"] ?? "mem";
  await promisify(execFile)(binary, ["--data-folder", inject("folder"), ...arguments_], { cwd: inject("folder") });
}

interface Listed {
  models: { id: number; stage: string }[];
}

const listed = async (): Promise<Listed["models"]> => (await ask<Listed>("/api/models")).models;

async function confirmed({ page }: Visit, button: RegExp, verb: string, why: string): Promise<void> {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  const act = dialog.getByRole("button", { name: verb, exact: true });
  // Without a reason nothing can be done.
  expect(await act.isDisabled()).toBe(true);
  await dialog.getByLabel("Why").fill(why);
  await act.click();
  await dialog.waitFor({ state: "detached" });
}

let emptyComplaints: string[] = [];

beforeAll(async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/models");
  await page.getByText("There are no models yet").waitFor();
  await page.getByText("mem train trend").waitFor();
  emptyComplaints = complaints;
  await leave();
  await mem("train", "trend", "--timeframe", "1h");
  // Whether it passes its gate is the market's word. Here it decides anyway, as an operator's.
}, TRAINING_MS);

test("an empty page says what to type", () => {
  expect(emptyComplaints).toEqual([]);
});

test("a model is opened, promoted for a reason, and archived", async () => {
  const visitor = await visit();
  const { page, complaints, go, leave } = visitor;
  const [trained] = await listed();
  if (trained === undefined) throw new Error("nothing was trained");
  await go("/models");
  await page.locator("table.versions").getByRole("link", { name: "trend 1.0.0" }).click();
  const drawer = page.locator(".model-drawer");
  await drawer.frameLocator("iframe").locator("h1").first().waitFor();
  expect(page.url()).toContain(`model=${trained.id}`);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await confirmed(visitor, /^Promote trend/, "Promote", "to see it decide");
  await page.getByRole("region", { name: "Champion" }).getByText("Decides").waitFor();
  expect((await listed())[0]?.stage).toBe("production");
  await page.getByText("to see it decide").first().waitFor();
  const audit = await ask<{ rows: { why: string }[] }>("/api/live/audit?kind=command&limit=1");
  expect(audit.rows[0]?.why).toBe("to see it decide");
  await picture(page, "models-promoted-desk-light");
  await confirmed(visitor, /^Archive trend/, "Archive", "the rules alone again");
  await until("it is archived", async () => (await listed())[0]?.stage === "archived");
  expect(complaints).toEqual([]);
  await leave();
});

for (const size of ["desk", "phone"] as const) {
  for (const theme of ["light", "dark"] as const) {
    test(`models, ${size}, ${theme}`, async () => {
      const { page, complaints, go, leave } = await visit(size, theme);
      await go("/models");
      for (const name of ["Versions", "Drift", "History", "Trainings"]) await page.getByRole("heading", { name }).waitFor();
      await page.locator(".chapter").first().waitFor();
      await until("it fits into the window", () => fits(page), 5_000);
      await picture(page, `models-${size}-${theme}`);
      expect(complaints).toEqual([]);
      await leave();
    });
  }
}

test("keys lead there, and the address keeps what is shown", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await page.getByRole("heading", { name: "Models", exact: true }).waitFor();
  await page.getByRole("button", { name: "gates" }).click();
  await page.locator("[data-kind=gate]").first().waitFor();
  await page.reload();
  await page.locator("[data-kind=gate]").first().waitFor();
  expect(await page.locator("[data-kind=step]").count()).toBe(0);
  expect(complaints).toEqual([]);
  await leave();
});
