// What is wrong with the live side, since when, and what still works. Null while all is well.

import { computed } from "@preact/signals";

import { downSince } from "../api/client";
import { age } from "../format";
import { now } from "./clock";
import { hello, link, streams } from "./live";
import type { Link } from "./connection";
import type { Board } from "../api/records";
import type { Held } from "./streams";

/** A banner. */
export interface Trouble {
  level: "danger" | "warn";
  /** What is wrong. */
  what: string;
  /** Since when, in milliseconds since the Unix epoch. */
  since: number;
  /** What still works, and what is done about it. */
  still: string;
}

/** The engine says something at least so often. */
export const ENGINE_QUIET_MS = 1_500;

/** While the first connection is being made there is nothing to say yet. */
const FIRST_MS = 1_500;

/** What is wrong, the gravest first. */
export function troubleOf(at: number, down: number | null, state: Link, board: Held<Board> | null): Trouble | null {
  if (down !== null) {
    return {
      level: "danger",
      what: "The server does not answer",
      since: down,
      still: "What you see is from before; it is asked again every two seconds.",
    };
  }
  if (state.state === "silent") {
    return {
      level: "danger",
      what: "The server has gone quiet",
      since: state.since,
      still: "Prices and positions are from before; a new connection is made if nothing comes.",
    };
  }
  if (state.state === "closed" || (state.state === "connecting" && at - state.since > FIRST_MS)) {
    const wait = state.state === "closed" ? Math.max(0, state.retryAt - at) : 0;
    return {
      level: "danger",
      what: "The live connection is gone",
      since: state.since,
      still:
        "Prices and positions are from before; records, charts and runs still answer. " +
        (wait > 1_500 ? `Trying again in ${age(wait)}.` : "Trying again now."),
    };
  }
  if (board === null) return null;
  if (at - board.at > ENGINE_QUIET_MS) {
    return {
      level: "danger",
      what: "The engine says nothing",
      since: board.at,
      still: "Prices and positions are from before; records, charts and runs still answer.",
    };
  }
  const { feed, kill_switch, halts } = board.data;
  if (feed !== null && feed.status === "unhealthy") {
    return {
      level: "danger",
      what: `No market data comes from ${feed.venue}`,
      since: board.at - (feed.age_ms ?? 0),
      still: "Prices are the last ones; orders, records, charts and settings still answer.",
    };
  }
  if (feed !== null && feed.status === "degraded") {
    return {
      level: "warn",
      what: `The feed of ${feed.venue} is degraded (${feed.mode})`,
      since: board.at,
      still: "Data comes, slower or with something being filled in.",
    };
  }
  if (kill_switch !== null) {
    return {
      level: "warn",
      what: `The kill switch is on${kill_switch === "" ? "" : `: ${kill_switch}`}`,
      since: board.at,
      still: "No new positions are opened; open ones keep their exits.",
    };
  }
  if (halts.length > 0) {
    return {
      level: "warn",
      what: `Risk has halted entries: ${halts.join(", ")}`,
      since: board.at,
      still: "Open positions keep their exits.",
    };
  }
  return null;
}

let known: Trouble | null = null;

/** What is wrong now; `since` stays what it was when that began. */
export const trouble = computed<Trouble | null>(() => {
  const next = troubleOf(now.value, downSince.value, link.value, streams.held("status").value);
  known = next !== null && known?.what === next.what ? { ...next, since: known.since } : next;
  return known;
});

/** The word that stands at the top: what kind of trading this is. Null while it is not known. */
export const tradingMode = computed(() => hello.value?.mode ?? null);
