// The pages: their names, addresses and keys, for the rail, the palette and the help.

import { signal } from "@preact/signals";

import type { IconName } from "./parts/icons";
import type { KeyMap } from "./keys";
import { type Route, go } from "./route";

/** A page as the rail shows it. */
export interface Stop {
  address: string;
  name: string;
  icon: IconName;
  /** After `g`. */
  key: string;
  /** What it counts as, beside itself. */
  pages: Route["page"][];
  /** Whether it has a place of its own on a phone; the others are behind "More". */
  phone: boolean;
}

/** All pages, in their order. */
export const stops: Stop[] = [
  { address: "/", name: "Home", icon: "home", key: "h", pages: ["home"], phone: true },
  { address: "/trades", name: "Trades", icon: "trades", key: "t", pages: ["trades"], phone: true },
  { address: "/memory", name: "Memory", icon: "memory", key: "m", pages: ["memory"], phone: false },
  { address: "/models", name: "Models", icon: "models", key: "l", pages: ["models"], phone: false },
  { address: "/runs", name: "Research", icon: "runs", key: "r", pages: ["runs", "run"], phone: false },
  { address: "/charts", name: "Charts", icon: "charts", key: "c", pages: ["charts", "live"], phone: true },
  { address: "/system", name: "Health", icon: "health", key: "s", pages: ["health"], phone: false },
  { address: "/alerts", name: "Alerts", icon: "alerts", key: "a", pages: ["alerts"], phone: true },
  { address: "/config", name: "Config", icon: "config", key: "o", pages: ["config"], phone: false },
  { address: "/jobs", name: "Jobs", icon: "jobs", key: "j", pages: ["jobs"], phone: false },
];

/** `g` and a letter goes to each of them. */
export const stopKeys: KeyMap = Object.fromEntries(stops.map(({ key, address }) => [`g ${key}`, () => go(address)]));

/** Whether the other pages are shown on a phone. */
export const moreOpen = signal(false);
