// Light or dark: the system decides until the reader does.

import { computed, effect, signal } from "@preact/signals";

/** What the reader chose. */
export type Choice = "system" | "light" | "dark";

const KEY = "mem.theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(darkSystem.matches);
darkSystem.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

function stored(): Choice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

/** The choice; setting it changes the pages and is remembered. */
export const themeChoice = signal<Choice>(stored());

/** What is on screen. */
export const theme = computed<"light" | "dark">(() => {
  if (themeChoice.value !== "system") return themeChoice.value;
  return systemIsDark.value ? "dark" : "light";
});

effect(() => {
  const choice = themeChoice.value;
  if (choice === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
});

/** The choice after this one. */
export function nextTheme(): void {
  const order: Choice[] = ["system", "light", "dark"];
  themeChoice.value = order[(order.indexOf(themeChoice.value) + 1) % order.length] ?? "system";
}
