// Addresses and the pages they name. The address holds everything that a reload must bring back.

import { signal } from "@preact/signals";

/** A page, with what its path names. */
export type Route =
  | { page: "home" }
  | { page: "trades" }
  | { page: "memory" }
  | { page: "models" }
  | { page: "charts"; series: { venue: string; symbol: string; timeframe: string } | null }
  | { page: "live"; symbol: string }
  | { page: "runs" }
  | { page: "run"; id: string }
  | { page: "jobs" }
  | { page: "health" }
  | { page: "alerts" }
  | { page: "config" }
  | { page: "missing"; path: string };

/** Pages whose path names nothing but them. `/health` is what programs ask whether the server is well. */
const PLAIN = {
  trades: "/trades",
  memory: "/memory",
  models: "/models",
  runs: "/runs",
  jobs: "/jobs",
  health: "/system",
  alerts: "/alerts",
  config: "/config",
} as const;

type Plain = keyof typeof PLAIN;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The page of a path. */
export function parsePath(path: string): Route {
  const [first, ...rest] = path
    .split("/")
    .filter((part) => part !== "")
    .map(decoded);
  const [a, b, c, ...more] = rest;
  if (first === undefined) return { page: "home" };
  if (first === "charts" && a === undefined) return { page: "charts", series: null };
  if (first === "charts" && a === "live" && b !== undefined && c === undefined) return { page: "live", symbol: b };
  if (first === "charts" && a !== undefined && b !== undefined && c !== undefined && more.length === 0) {
    return { page: "charts", series: { venue: a, symbol: b, timeframe: c } };
  }
  const plain = (Object.keys(PLAIN) as Plain[]).find((page) => PLAIN[page] === `/${first}`);
  if (plain !== undefined && a === undefined) return { page: plain };
  if (first === "runs" && a !== undefined && b === undefined) return { page: "run", id: a };
  return { page: "missing", path };
}

/** The path of a page. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case "home":
      return "/";
    case "charts": {
      if (route.series === null) return "/charts";
      const { venue, symbol, timeframe } = route.series;
      return `/charts/${[venue, symbol, timeframe].map(encodeURIComponent).join("/")}`;
    }
    case "live":
      return `/charts/live/${encodeURIComponent(route.symbol)}`;
    case "run":
      return `/runs/${encodeURIComponent(route.id)}`;
    case "missing":
      return route.path;
    default:
      return PLAIN[route.page];
  }
}

/** A search string that stays readable: only what would break it is escaped. Empty values are left out. */
export function searchText(values: Record<string, string>): string {
  const pairs = Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${encodeURIComponent(value).replace(/%(3A|3B|2C|3D|20|2F)/g, readable)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function readable(escaped: string): string {
  return escaped === "%20" ? "+" : decodeURIComponent(escaped);
}

/** The values of a search string. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Where the reader is. */
export interface Place {
  route: Route;
  search: Record<string, string>;
}

function here(): Place {
  return { route: parsePath(location.pathname), search: parseSearch(location.search) };
}

/** The page on screen. */
export const place = signal<Place>({ route: { page: "home" }, search: {} });

/** Follows the address from now on, and every click on a link within these pages. */
export function startRouting(): void {
  place.value = here();
  addEventListener("popstate", () => {
    place.value = here();
  });
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.origin !== location.origin || link.hasAttribute("data-plain"))
      return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** Goes to an address of these pages; Back returns. */
export function go(address: string): void {
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  place.value = here();
  scrollTo(0, 0);
}

/** Goes to an address in place of this one: Back leaves this one out. */
export function replace(address: string): void {
  history.replaceState(null, "", address);
  place.value = here();
}

/** Changes what the search string holds; by default without a step that Back would undo. */
export function setSearch(values: Record<string, string>, step: "replace" | "push" = "replace"): void {
  const address = location.pathname + searchText({ ...place.peek().search, ...values });
  if (address === location.pathname + location.search) return;
  if (step === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  place.value = here();
}
