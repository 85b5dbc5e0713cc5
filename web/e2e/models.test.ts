// Models: what to type where there are none; a model promoted for a reason, another in the shadow beside it, a market that has moved
// away from both; trainings asked for and called off; the page at both sizes and in both themes.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, expect, inject, test } from "vitest";

import { type Demo, mem, newFolder, startDemo } from "./demo";
import { TURN, writeMarket } from "./market";
import { ask } from "./server";
import { until } from "./until";
import { type Visit, fits, picture, visit } from "./visit";

/** Nothing is trained of itself here, however busy the machine is. */
const SETTINGS = `[models.retrain]
cron = ""
on_drift = false
on_decay = false
free_memory_mb = 0
busy_share = 1.0
`;
const DATA = join("mem-data", "demo", "candles");

/** A demo in which two models were trained, and have a say once somebody promotes one. */
let demo: Demo;

beforeAll(async () => {
  const folder = await newFolder();
  await writeFile(join(folder, "mem.toml"), SETTINGS);
  await writeMarket(join(folder, "candles"));
  await mem(folder, "demo", "--data", "candles", "--no-trade", "--no-open");
  const train = (...words: string[]): Promise<void> =>
    mem(folder, "--data-folder", DATA, "train", "wave", "--timeframe", "15m", "--folds", "3", "--to", TURN, ...words);
  await train("--model", "logistic");
  await train("--model", "trees", "--into", "shadow");
  const words = ["--data", "candles", "--model", "wave", "--model-role", "decider", "--speed", "10000"];
  demo = await startDemo(folder, ...words);
});

afterAll(() => demo?.stop());

interface Model {
  id: number;
  name: string;
  version: string;
  stage: string;
}

interface Training {
  id: number;
  line: string;
  status: string;
  error: string | null;
}

/** Models, the oldest first. */
const models = async (address?: string): Promise<Model[]> =>
  (await ask<{ models: Model[] }>("/api/models", address)).models.sort((a, b) => a.id - b.id);

const newestTraining = async (address?: string): Promise<Training | undefined> =>
  (await ask<{ rows: Training[] }>("/api/models/jobs?limit=1", address)).rows[0];

/** What an operator has last said, with the reason. */
const said = async (address?: string): Promise<{ by: string; why: string; detail: object } | undefined> =>
  (await ask<{ rows: { by: string; why: string; detail: object }[] }>("/api/live/audit?kind=command&limit=1", address))
    .rows[0];

/** Presses a button and does what its window asks, for a reason. */
async function confirmed({ page }: Visit, button: string | RegExp, verb: string, why: string): Promise<void> {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  const act = dialog.getByRole("button", { name: verb, exact: true });
  // Without a reason nothing can be done.
  expect(await act.isDisabled()).toBe(true);
  await dialog.getByLabel("Your name").fill("tester");
  await dialog.getByLabel("Why").fill(why);
  await act.click();
  await dialog.waitFor({ state: "detached" });
}

test("an empty page says what to type; a training that waits is called off", async () => {
  const visitor = await visit();
  const { page, complaints, go, leave } = visitor;
  await go("/models");
  await page.getByText("There are no models yet").waitFor();
  await page.getByText("mem train trend").waitFor();

  // This demo was not told to use models: a training waits until one is.
  const folder = join("mem-data", "demo", "simulated");
  await mem(inject("folder"), "--data-folder", folder, "train", "trend", "--timeframe", "1h", "--folds", "3");
  await page.reload();
  await confirmed(visitor, "Retrain now", "Train", "the market has changed");
  const training = page.locator("[data-training]").first();
  await training.getByText("pending").waitFor();
  await training.getByText("the market has changed").waitFor();
  expect(await newestTraining()).toMatchObject({ line: "trend", status: "pending" });
  await confirmed(visitor, "Call off", "Call off", "it has not, after all");
  await training.getByText("cancelled").waitFor();
  expect((await newestTraining())?.error).toContain("called off by tester: it has not, after all");
  expect(await said()).toMatchObject({ by: "tester", detail: { models: "cancel", line: "trend" } });
  expect(complaints).toEqual([]);
  await leave();
});

test("a model is read and promoted for a reason, and the candidate beside it is scored on the same predictions", async () => {
  const visitor = await visit("desk", "light", demo.address);
  const { page, complaints, go, leave } = visitor;
  const [first, second] = await models(demo.address);
  expect([first?.stage, second?.stage]).toEqual(["staging", "shadow"]);
  await go("/models");
  const versions = page.locator("table.versions tbody tr");
  await versions.first().waitFor();
  expect(await versions.count()).toBe(2);
  await page.getByText("No model decides here").waitFor();

  await versions.getByRole("link", { name: "wave 1.0.0" }).click();
  const drawer = page.locator(".model-drawer");
  await drawer.frameLocator("iframe").locator("h1").first().waitFor();
  expect(page.url()).toContain(`model=${first?.id}`);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });

  await confirmed(visitor, "Promote wave 1.0.0", "Promote", "its card convinces");
  const champion = page.getByRole("region", { name: "Champion" });
  await champion.getByRole("link", { name: "wave 1.0.0" }).waitFor();
  expect((await models(demo.address)).map(({ stage }) => stage)).toEqual(["production", "shadow"]);
  expect(await said(demo.address)).toMatchObject({
    by: "tester",
    why: "its card convinces",
    detail: { models: "promote", model: first?.id },
  });
  await page.locator(".chapter", { hasText: "staging → production" }).getByText("its card convinces").waitFor();

  // The session turns over, both predict, and what they foretell comes to pass.
  const candidate = page.getByRole("region", { name: "Candidate" });
  await candidate.getByRole("link", { name: "wave 2.0.0" }).waitFor();
  const lines = page.getByRole("img", { name: /wave 1\.0\.0: .*wave 2\.0\.0: / });
  await lines.locator("canvas").first().waitFor();
  for (const seat of [champion, candidate]) await seat.locator("dd", { hasText: /^0\.\d{4}$/ }).first().waitFor();
  const predictions = candidate.locator(".meter .number");
  const before = await predictions.innerText();
  await until("more predictions meet their truth, without a reload", async () => (await predictions.innerText()) !== before);
  expect(complaints).toEqual([]);
  await leave();
});

test("a feature that has moved away from the training is seen, cell by cell", async () => {
  const { page, complaints, go, leave } = await visit("desk", "light", demo.address);
  await go("/models");
  const map = page.getByRole("grid", { name: "Drift of features over time" });
  const moved = map.locator("td[data-severity=critical], td[data-severity=high]").first();
  await moved.click();
  await page.locator(".heat-told").getByText("Kolmogorov-Smirnov").waitFor();
  // The worst feature stands first; the arrow keys go on from there.
  const [row] = ((await moved.getAttribute("data-cell")) ?? "").split(" ");
  expect(row).toBe("0");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-cell"))).toMatch(/^1 /);
  await page.getByText(/features? ha(s|ve) moved/).waitFor();
  expect(complaints).toEqual([]);
  await leave();
});

test("a training asked for by hand makes the next version", async () => {
  const visitor = await visit("phone", "dark", demo.address);
  const { page, complaints, go, leave } = visitor;
  await go("/models");
  await confirmed(visitor, "Retrain now", "Train", "the market has moved");
  const training = page.locator("[data-training]").first();
  await training.getByText("completed").waitFor();
  expect(await newestTraining(demo.address)).toMatchObject({ line: "wave", status: "completed" });
  expect(await said(demo.address)).toMatchObject({ why: "the market has moved", detail: { models: "retrain" } });
  const made = (await models(demo.address))[2];
  expect(made?.name).toBe("wave");
  await training.getByRole("link", { name: `wave ${made?.version}` }).waitFor();
  await page.locator("table.versions").getByRole("link", { name: `wave ${made?.version}` }).waitFor();
  await training.getByRole("button", { name: "Log", exact: true }).click();
  await page.locator(".training-log li").first().waitFor();
  expect(complaints).toEqual([]);
  await leave();
});

for (const size of ["desk", "phone"] as const) {
  for (const theme of ["light", "dark"] as const) {
    test(`models, ${size}, ${theme}`, async () => {
      const { page, complaints, go, leave } = await visit(size, theme, demo.address);
      await go("/models");
      for (const name of ["Versions", "Drift", "History", "Trainings"]) await page.getByRole("heading", { name }).waitFor();
      await page.locator(".heat td").first().waitFor();
      await page.locator(".chapter").first().waitFor();
      await until("it fits into the window", () => fits(page), 5_000);
      await picture(page, `models-used-${size}-${theme}`);
      await page.locator("table.versions").getByRole("link", { name: "wave 1.0.0" }).click();
      await page.locator(".model-drawer").frameLocator("iframe").locator("h1").first().waitFor();
      await until("a model fits into the window", () => fits(page), 5_000);
      await picture(page, `model-${size}-${theme}`);
      expect(complaints).toEqual([]);
      await leave();
    });
  }
}

test("between desktop and phone everything has room", async () => {
  const { page, complaints, go, leave } = await visit("desk", "light", demo.address);
  await go("/models");
  const act = page.getByRole("button", { name: "Archive wave 1.0.0" });
  await act.waitFor();
  for (const width of [1_200, 1_081, 1_000, 900, 760]) {
    await page.setViewportSize({ width, height: 900 });
    await until(`it fits into ${width} pixels`, () => fits(page), 5_000);
    const box = await act.boundingBox();
    expect(box === null ? Infinity : box.x + box.width).toBeLessThanOrEqual(width - 16);
  }
  expect(complaints).toEqual([]);
  await leave();
});

test("keys lead there, and the address keeps what is shown", async () => {
  const { page, complaints, go, leave } = await visit("desk", "light", demo.address);
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

test("what decides is archived again, and the rules decide alone", async () => {
  const visitor = await visit("phone", "light", demo.address);
  const { page, complaints, go, leave } = visitor;
  await go("/models");
  await confirmed(visitor, "Archive wave 1.0.0", "Archive", "the rules alone again");
  await page.getByText("No model decides here").waitFor();
  expect((await models(demo.address))[0]?.stage).toBe("archived");
  expect(complaints).toEqual([]);
  await leave();
});
