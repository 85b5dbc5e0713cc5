// What the demo says of itself, asked for directly: tests compare the pages with it.

import { inject } from "vitest";

async function answer<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

export async function ask<T>(path: string, address = inject("address")): Promise<T> {
  return answer<T>(await fetch(address + path));
}

export async function command(body: Record<string, unknown>): Promise<void> {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  await answer(await fetch(`${inject("address")}/command`, request));
}
