// Who sits here, as the records will name them. Typed once, remembered by this browser.

import { signal } from "@preact/signals";

const KEY = "mem.who";

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** The name; empty until somebody has typed one. */
export const who = signal(stored());

/** Remembers a name. */
export function remember(name: string): void {
  who.value = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Storage is switched off: the name holds until the page is left.
  }
}

/** The name that goes on record; people without one are the dashboard. */
export function signed(): string {
  return who.value.trim() === "" ? "dashboard" : who.value.trim();
}
