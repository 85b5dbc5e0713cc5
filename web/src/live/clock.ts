// What time it is, twice a second, for everything that says how old it is.

import { signal } from "@preact/signals";

/** Now, in milliseconds since the Unix epoch; changes twice a second. */
export const now = signal(Date.now());

const timer = setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 500);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) now.value = Date.now();
});

import.meta.hot?.dispose(() => clearInterval(timer));
