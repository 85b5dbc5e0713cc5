import { beforeEach, describe, expect, it } from "vitest";

import type { Frame } from "./messages";
import { Streams } from "./streams";

let sent: { op: string; topics: { topic: string; symbol?: string }[] }[];
let frames: (() => void)[];
let streams: Streams;

function frame(type: Frame["type"], seq: number, data: unknown, symbol: string | null = null): Frame {
  return { type, topic: symbol === null ? "prices" : "quotes", symbol, seq, data };
}

function draw(): void {
  for (const call of frames.splice(0)) call();
}

beforeEach(() => {
  sent = [];
  frames = [];
  streams = new Streams({
    send: (message) => void sent.push(message as (typeof sent)[number]),
    now: () => 1,
    nextFrame: (call) => void frames.push(call),
  });
});

describe("streams", () => {
  it("subscribe once however many use them, and end with the last", () => {
    const first = streams.use("prices");
    const second = streams.use("prices");
    first();
    first();
    expect(sent).toEqual([{ op: "subscribe", topics: [{ topic: "prices" }] }]);
    second();
    expect(sent.at(-1)).toEqual({ op: "unsubscribe", topics: [{ topic: "prices" }] });
  });

  it("take many frames in with one picture", () => {
    streams.use("prices");
    streams.receive(frame("snapshot", 3, { prices: { A: [1, 1] } }));
    for (let seq = 4; seq < 54; seq += 1) streams.receive(frame("delta", seq, { prices: { A: [seq, seq] } }));
    expect(frames).toHaveLength(1);
    expect(streams.held("prices").value).toBeNull();
    draw();
    expect(streams.held("prices").value?.data.prices).toEqual({ A: [53, 53] });
  });

  it("ask for a snapshot where a frame is missing, and show what was known until then", () => {
    streams.use("prices");
    streams.receive(frame("snapshot", 1, { prices: { A: [1, 1] } }));
    streams.receive(frame("delta", 3, { prices: { A: [9, 9] } }));
    draw();
    expect(sent.map(({ op }) => op)).toEqual(["subscribe", "unsubscribe", "subscribe"]);
    expect(streams.held("prices").value?.data.prices).toEqual({ A: [1, 1] });
    streams.receive(frame("snapshot", 8, { prices: { A: [5, 5] } }));
    draw();
    expect(streams.held("prices").value?.data.prices).toEqual({ A: [5, 5] });
  });

  it("wait for snapshots after frames were skipped, and ask for everything again on a new connection", () => {
    streams.use("quotes", "X");
    streams.receive(frame("snapshot", 1, { bid: 1, ask: 2, ts: 0 }, "X"));
    draw();
    streams.skipped();
    streams.receive(frame("delta", 2, { bid: 7, ask: 8, ts: 0 }, "X"));
    draw();
    expect(streams.held("quotes", "X").value?.data.bid).toBe(1);
    streams.connected();
    expect(sent.at(-1)).toEqual({ op: "subscribe", topics: [{ topic: "quotes", symbol: "X" }] });
  });

  it("tell listeners every frame, and whoever comes later what is known", () => {
    const heard: string[] = [];
    streams.use("prices", null, (type) => heard.push(`first ${type}`));
    streams.receive(frame("snapshot", 1, { prices: {} }));
    streams.receive(frame("delta", 2, { prices: {} }));
    draw();
    streams.use("prices", null, (type) => heard.push(`second ${type}`));
    expect(heard).toEqual(["first snapshot", "first delta", "second snapshot"]);
  });
});
