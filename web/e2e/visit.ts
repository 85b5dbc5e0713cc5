// A visitor: a browser window of a size and a theme, who notes everything that goes wrong in it.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { type Browser, type Locator, type Page, chromium } from "playwright-core";
import { inject } from "vitest";

import { PATIENCE_MS } from "./until";

export const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;
export type Size = keyof typeof SIZES;
export type Theme = "light" | "dark";

let browser: Promise<Browser> | null = null;

export interface Visit {
  page: Page;
  /** What the browser complained of: errors of scripts, of the console, of refused files. */
  complaints: string[];
  /** Goes to a page of the dashboard and waits until it is there. */
  go: (path: string) => Promise<void>;
  leave: () => Promise<void>;
}

/** Opens a window onto a demo. */
export async function visit(
  size: Size = "desk",
  theme: Theme = "light",
  address = inject("address"),
): Promise<Visit> {
  browser ??= chromium.connect(inject("browser"));
  const phone = size === "phone";
  const context = await (
    await browser
  ).newContext({
    baseURL: address,
    viewport: SIZES[size],
    colorScheme: theme,
    isMobile: phone,
    hasTouch: phone,
    acceptDownloads: true,
    locale: "en-US",
    timezoneId: "UTC",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${page.url()}: ${message.text()}`);
  });
  return {
    page,
    complaints,
    go: async (path) => {
      await page.goto(path);
      await page.locator("main h1").first().waitFor({ state: "attached" });
    },
    leave: () => context.close(),
  };
}

/** Whether nothing is wider than the window. */
export function fits(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
}

/** The number that an element shows. */
export async function numberOf(element: Locator): Promise<number> {
  const text = await element.innerText();
  return Number(
    text
      .replaceAll(",", "")
      .replace("\u2212", "-")
      .replace(/[^0-9.-]/g, ""),
  );
}

/** Keeps a picture where MEM_SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["MEM_SCREENSHOTS"];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
