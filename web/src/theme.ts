// Light or dark, and the colours of gain and loss: the system decides until the reader does.

import { computed, effect, signal } from "@preact/signals";

/** What the reader chose. */
export type Choice = "system" | "light" | "dark";

/** Colours of gain and loss. The second pair is told apart by those who cannot tell red from green. */
export type Colours = "green-red" | "blue-orange";

const THEME = "mem.theme";
const COLOURS = "mem.colours";

const darkSystem = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(darkSystem.matches);
darkSystem.addEventListener("change", (event) => {
  systemIsDark.value = event.matches;
});

function stored<T extends string>(key: string, values: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(key);
    return values.find((one) => one === value) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Puts a choice where the style sheet and the next visit find it; the first of the values needs neither. */
function keep(key: string, mark: string, value: string | null): void {
  if (value === null) delete document.documentElement.dataset[mark];
  else document.documentElement.dataset[mark] = value;
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
}

/** The choice; setting it changes the pages and is remembered. */
export const themeChoice = signal<Choice>(stored<Choice>(THEME, ["light", "dark"], "system"));

/** The colours of gain and loss; setting them changes the pages and is remembered. */
export const colours = signal<Colours>(stored<Colours>(COLOURS, ["blue-orange"], "green-red"));

/** What is on screen. */
export const theme = computed<"light" | "dark">(() => {
  if (themeChoice.value !== "system") return themeChoice.value;
  return systemIsDark.value ? "dark" : "light";
});

/** Changes whenever colours on screen do: charts are painted again. */
export const look = computed(() => `${theme.value} ${colours.value}`);

effect(() => keep(THEME, "theme", themeChoice.value === "system" ? null : themeChoice.value));
effect(() => keep(COLOURS, "colours", colours.value === "green-red" ? null : colours.value));

/** The choice after this one. */
export function nextTheme(): void {
  const order: Choice[] = ["system", "light", "dark"];
  themeChoice.value = order[(order.indexOf(themeChoice.value) + 1) % order.length] ?? "system";
}
