// Trades: filters in the address, and exports that hold what is filtered.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ask } from "./server";
import { type Visit, visit } from "./visit";

async function download({ page }: Visit, name: string): Promise<Buffer> {
  const coming = page.waitForEvent("download");
  await page.getByRole("group", { name: "Export what is filtered" }).getByText(name).click();
  const folder = await mkdtemp(join(tmpdir(), "mem-export-"));
  try {
    const path = join(folder, "file");
    await (await coming).saveAs(path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("what is filtered is exported, as CSV and as Parquet", async () => {
  const visitor = await visit();
  const { page, complaints, go, leave } = visitor;
  await go("/trades?result=win");
  await page.locator("[data-index='0']").waitFor();
  const known = await ask<{ total: number }>("/api/live/trades?result=win&limit=1");
  const csv = (await download(visitor, "CSV")).toString("utf8").trim().split(/\r?\n/);
  expect(csv[0]).toContain("symbol");
  // It goes on trading: there can be more by now, never less.
  expect(csv.length - 1).toBeGreaterThanOrEqual(known.total);
  const pnl = csv[0]?.split(",").indexOf("pnl") ?? -1;
  for (const row of csv.slice(1)) expect(Number(row.split(",")[pnl])).toBeGreaterThan(0);
  const parquet = await download(visitor, "Parquet");
  expect(parquet.subarray(0, 4).toString("latin1")).toBe("PAR1");
  expect(parquet.subarray(-4).toString("latin1")).toBe("PAR1");
  expect(complaints).toEqual([]);
  await leave();
});

test("filters are in the address and outlive a reload", async () => {
  const { page, complaints, go, leave } = await visit("phone", "dark");
  await go("/trades");
  const results = page.getByRole("group", { name: "Result" });
  await results.getByRole("button").nth(1).click();
  const chosen = await results.locator("[aria-pressed=true]").innerText();
  expect(page.url()).toContain("result=");
  await page.reload();
  await results.locator("[aria-pressed=true]").getByText(chosen, { exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await leave();
});
