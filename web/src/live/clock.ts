// What time it is, once a second, for everything that says how old it is.

import { signal } from "@preact/signals";

/** Now, in milliseconds since the Unix epoch; changes every second. */
export const now = signal(Date.now());

const timer = setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) now.value = Date.now();
});

import.meta.hot?.dispose(() => clearInterval(timer));
