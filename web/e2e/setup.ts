// One demo and one browser for all tests.

import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";

import { newFolder, startDemo } from "./demo";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the demo's pages are. */
    address: string;
    /** The folder it was started in. */
    folder: string;
    /** Where the browser listens. */
    browser: string;
  }
}

/** Without what a browser does in the background. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The least research that makes sense: what is tested is the trading after it.
  const demo = await startDemo(await newFolder(), "--fresh", "--bars", "500");
  const browser = await chromium
    .launchServer({ executablePath: process.env["MEM_CHROMIUM"] ?? "/usr/bin/chromium", args: QUIET })
    .catch(async (cause: unknown) => {
      await demo.stop();
      throw cause;
    });
  project.provide("address", demo.address);
  project.provide("folder", demo.folder);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    await demo.stop();
  };
}
