// Settings: checked while one types, reviewed, saved, in force, on record, taken back.

import { expect, test } from "vitest";

import { ask } from "./server";
import { until } from "./until";
import { picture, visit } from "./visit";

const PATH = "risk.max_orders_per_minute";
const FIELD = `[id="${PATH}"]`;

interface Config {
  sections: { fields: { path: string; value: unknown }[] }[];
}

async function inForce(): Promise<unknown> {
  const { sections } = await ask<Config>("/api/live/config");
  return sections.flatMap(({ fields }) => fields).find(({ path }) => path === PATH)?.value;
}

test("a limit of risk is changed, applied, audited and taken back", async () => {
  const { page, complaints, go, leave } = await visit();
  const before = await inForce();
  await go("/config?section=risk");
  await page.locator(FIELD).fill("55");
  await page.getByRole("button", { name: "Review and save" }).click();
  const review = page.getByRole("dialog");
  await review.getByText("55").waitFor();
  await review.locator("input[name=by]").fill("tester");
  await review.locator("input[name=why]").fill("to see that it works");
  await picture(page, "config-review-desk-light");
  await review.getByRole("button", { name: "Save" }).click();
  await page.locator("[data-saved][data-in-force=true]").waitFor();
  expect(await inForce()).toBe(55);

  const change = page.locator(".history [data-change]").first();
  await change.getByText("to see that it works").waitFor();
  await change.getByText("in force since").waitFor();
  await change.getByText("tester").waitFor();
  const audit = await ask<{ rows: { by: string; why: string; kind: string }[] }>("/api/live/audit?kind=config");
  expect(audit.rows[0]).toMatchObject({ by: "tester", why: "to see that it works" });

  await change.getByRole("button", { name: "Revert" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await until("the old value is in force", async () => (await inForce()) === before);
  await page
    .locator(".history")
    .getByText(/takes change \d+ back/)
    .first()
    .waitFor();
  await until("the old value is in its field", async () => (await page.locator(FIELD).inputValue()) === String(before));
  expect(complaints).toEqual([]);
  await leave();
});

test("what is wrong says so while one types; leverage takes a second step", async () => {
  const { page, complaints, go, leave } = await visit("phone", "dark");
  await go("/config?section=risk");
  await page.locator(FIELD).fill("many");
  await page.locator(`[data-path="${PATH}"]`).getByText("Expected a whole number.").waitFor();
  expect(await page.getByRole("button", { name: "Review and save" }).isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Discard" }).click();

  await page.locator('[id="risk.max_leverage"]').fill("3");
  await page.getByRole("button", { name: "Review and save" }).click();
  const review = page.getByRole("dialog");
  await review.getByText("33.3 %").waitFor();
  const save = review.getByRole("button", { name: "Save" });
  expect(await save.isDisabled()).toBe(true);
  await review.locator("input[name=understood]").check();
  expect(await save.isEnabled()).toBe(true);
  await picture(page, "config-leverage-phone-dark");
  await review.getByRole("button", { name: "Not yet" }).click();
  expect(complaints).toEqual([]);
  await leave();
});

test("whoever is late is told what has changed, and loses nothing", async () => {
  const early = await visit();
  const late = await visit();
  const fill = async ({ page, go }: typeof early, text: string): Promise<void> => {
    await go("/config?section=risk");
    await page.locator(FIELD).fill(text);
    await page.getByRole("button", { name: "Review and save" }).click();
    await page.getByRole("dialog").getByText(text).waitFor();
  };
  await fill(late, "41");
  await fill(early, "42");
  await early.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await early.page.locator("[data-saved]").waitFor();
  // The page may have heard of it already and have closed the window of itself.
  const save = late.page.getByRole("dialog").getByRole("button", { name: "Save" });
  await save.click({ timeout: 2_000 }).catch(() => undefined);
  await late.page.getByText("Somebody else has saved meanwhile").waitFor();
  expect(await late.page.locator(FIELD).inputValue()).toBe("41");
  const change = early.page.locator(".history [data-change]").first();
  await change.getByRole("button", { name: "Revert" }).click();
  await early.page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
  await until("it is taken back", async () => (await inForce()) !== 42);
  await early.leave();
  await late.leave();
});
