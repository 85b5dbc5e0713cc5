// Everything without a mouse: keys go places, the palette finds, windows close and give the focus back.

import { expect, test } from "vitest";

import { fits, visit } from "./visit";

test("keys go to the pages, and help lists them", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/");
  for (const [key, path] of [
    ["t", "/trades"],
    ["m", "/memory"],
    ["r", "/runs"],
    ["c", "/charts"],
    ["s", "/system"],
    ["a", "/alerts"],
    ["o", "/config"],
    ["j", "/jobs"],
    ["h", "/"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.pathname === path || (path === "/charts" && url.pathname.startsWith(path)));
    await page.locator("main h1").first().waitFor({ state: "attached" });
  }
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).getByText("config", { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
  await leave();
});

test("the palette finds pages and actions; search and the way to the content work by key", async () => {
  const { page, complaints, go, leave } = await visit();
  await go("/");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("risk limits");
  await page.getByRole("option", { name: "Change risk limits" }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/config?section=risk");
  await page.locator(".setting").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("leverage");
  await page.waitForURL("**q=leverage");
  expect(await page.locator(".setting").first().getAttribute("data-path")).toBe("risk.max_leverage");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stop entries");
  // What the engine can be told is offered once it has said how it stands.
  await page.getByRole("option", { name: "Stop entries" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Stop entries?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await go("/alerts");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("To the content");
  expect(complaints).toEqual([]);
  await leave();
});

test("colours of gain and loss are chosen and stay, without a flash", async () => {
  const { page, complaints, go, leave } = await visit("phone", "light");
  await go("/");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Settings of this browser" }).click();
  await page.getByLabel(/blue and orange/).check();
  await page.getByLabel("dark", { exact: true }).check();
  await page.keyboard.press("Escape");
  await page.reload();
  const marks = await page.evaluate(() => ({ ...document.documentElement.dataset }));
  expect(marks).toMatchObject({ theme: "dark", colours: "blue-orange" });
  expect(await fits(page)).toBe(true);
  expect(complaints).toEqual([]);
  await leave();
});
