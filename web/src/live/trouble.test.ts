import { describe, expect, it, vi } from "vitest";

import type { Board } from "../api/records";
import type { Link } from "./connection";

vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined });
const { troubleOf } = await import("./trouble");

const open: Link = { state: "open", since: 0 };
const board = (change: Partial<Board>): { data: Board; at: number } => ({
  at: 10_000,
  data: { feed: null, kill_switch: null, halts: [], ...change } as Board,
});
const feed = (status: "healthy" | "degraded" | "unhealthy"): Board["feed"] => ({
  venue: "simulated",
  status,
  mode: "rest",
  age_ms: 4_000,
  breaker: "closed",
});

describe("what is wrong", () => {
  it("is nothing while all is well, nor before anything is known", () => {
    expect(troubleOf(10_100, null, open, board({ feed: feed("healthy") }))).toBeNull();
    expect(troubleOf(10_100, null, open, null)).toBeNull();
    expect(troubleOf(500, null, { state: "connecting", since: 0 }, null)).toBeNull();
  });

  it("names the gravest first, with since when", () => {
    const gone: Link = { state: "closed", since: 9_000, retryAt: 12_000 };
    expect(troubleOf(10_100, 8_000, gone, null)).toMatchObject({ what: "The server does not answer", since: 8_000 });
    expect(troubleOf(10_100, null, gone, null)).toMatchObject({ what: "The live connection is gone", since: 9_000 });
    expect(troubleOf(10_100, null, open, board({ feed: feed("unhealthy"), kill_switch: "" }))).toMatchObject({
      what: "No market data comes from simulated",
      since: 6_000,
    });
    expect(troubleOf(10_100, null, open, board({ kill_switch: "lunch" }))?.what).toBe("The kill switch is on: lunch");
  });

  it("notices an engine that is quiet within two seconds", () => {
    expect(troubleOf(11_400, null, open, board({}))).toBeNull();
    expect(troubleOf(12_000, null, open, board({}))?.what).toBe("The engine says nothing");
  });
});
