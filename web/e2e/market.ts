// A market of the test's own, in candle files: a day's wave that can be learned, and noise that grows threefold before it is traded.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const SYMBOLS = { "WAVE-USDT": 100, "TIDE-USDT": 40 };
const MINUTES = 15;
const BARS = 8_000;
/** Bars a wave takes. */
const WAVE = (24 * 60) / MINUTES;
const START_MS = Date.UTC(2024, 0, 1);

/** Bars after which it is no longer as it was. A demo trades live from a quarter on. */
const CALM = 0.22;

/** When it is no longer as it was. */
export const TURN = new Date(START_MS + BARS * CALM * MINUTES * 60_000).toISOString();

/** Numbers around 0, between -1 and 1, always the same ones (Lehmer's generator). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 2 - 1;
  };
}

function candles(base: number, seed: number): string {
  const next = noise(seed);
  const lines = ["timestamp,open,high,low,close,volume"];
  let close = base;
  for (let bar = 0; bar < BARS; bar += 1) {
    const open = close;
    const spread = base * (bar < BARS * CALM ? 0.002 : 0.006);
    close = base * (1 + 0.04 * Math.sin((2 * Math.PI * bar) / WAVE)) + spread * next();
    const high = Math.max(open, close) + spread * Math.abs(next());
    const low = Math.min(open, close) - spread * Math.abs(next());
    const volume = 500 + 200 * next();
    const time = new Date(START_MS + bar * MINUTES * 60_000).toISOString();
    lines.push([time, ...[open, high, low, close, volume].map((number) => number.toFixed(2))].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** Writes the files into a new folder. */
export async function writeMarket(folder: string): Promise<void> {
  await mkdir(folder);
  const files = Object.entries(SYMBOLS).map(([symbol, base], index) =>
    writeFile(join(folder, `${symbol}.csv`), candles(base, index + 1)),
  );
  await Promise.all(files);
}
