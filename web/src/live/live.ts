// The live connection of these pages: one for all of them.

import { type ReadonlySignal, computed, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { session, tokenNeeded } from "../api/client";
import { Connection, type Link, type Socket } from "./connection";
import type { Hello, ServerMessage, Topic, Topics } from "./messages";
import { type Held, type Listener, Streams } from "./streams";

/** How the connection is. */
export const link = signal<Link>({ state: "connecting", since: Date.now() });

/** What the server said of itself when the connection was made; null before. */
export const hello = signal<Hello | null>(null);

/** So often frames had to be left out since this page was opened. */
export const skippedFrames = signal(0);

const HIDDEN_MS = 500;

/** Before the next picture; now and then where none is drawn, so that nothing piles up. */
function nextFrame(call: () => void): void {
  if (document.hidden) setTimeout(call, HIDDEN_MS);
  else requestAnimationFrame(call);
}

const connection = new Connection({
  open: () =>
    new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`) as unknown as Socket,
  now: Date.now,
  later: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
  random: Math.random,
});

/** Everything that is subscribed to. */
export const streams = new Streams({ send: (message) => connection.send(message), now: Date.now, nextFrame });

connection.onLink = (now) => {
  link.value = now;
};
connection.onOpen = () => streams.connected();
connection.onText = (text) => {
  let message: ServerMessage;
  try {
    message = JSON.parse(text) as ServerMessage;
  } catch {
    // A frame that cannot be read is a frame that is missing: the next number says so.
    return;
  }
  switch (message.type) {
    case "hello":
      hello.value = message;
      break;
    case "snapshot":
    case "delta":
      streams.receive(message);
      break;
    case "skipped":
      skippedFrames.value += message.count;
      streams.skipped();
      break;
    case "pong":
    case "error":
      break;
  }
};

/** Connects, and again when somebody looks, logs in or is back on the network. Gives what ends it. */
export function startLive(): () => void {
  const hurry = (): void => {
    if (!document.hidden) connection.hurry();
  };
  document.addEventListener("visibilitychange", hurry);
  addEventListener("online", hurry);
  const gate = tokenNeeded.subscribe((needed) => (needed ? connection.stop() : connection.start()));
  const login = session.subscribe((count) => {
    if (count > 0) connection.hurry();
  });
  return () => {
    document.removeEventListener("visibilitychange", hurry);
    removeEventListener("online", hurry);
    gate();
    login();
    connection.stop();
  };
}

/** What a topic holds, live as long as the calling component is on screen; null before the first frame. */
export function useLive<K extends Topic>(topic: K, symbol: string | null = null): Held<Topics[K]> | null {
  useEffect(() => streams.use(topic, symbol), [topic, symbol]);
  return streams.held(topic, symbol).value;
}

/** As `useLive`, for components that watch a part of it: `pick` runs per frame, rendering only where its result changes. */
export function usePart<K extends Topic, P>(
  topic: K,
  symbol: string | null,
  pick: (held: Held<Topics[K]> | null) => P,
): ReadonlySignal<P> {
  useEffect(() => streams.use(topic, symbol), [topic, symbol]);
  const latest = useRef(pick);
  latest.current = pick;
  return useMemo(() => computed(() => latest.current(streams.held(topic, symbol).value)), [topic, symbol]);
}

/** Calls `listener` with every frame of a topic while the calling component is on screen. */
export function useFrames<K extends Topic>(
  topic: K,
  symbol: string | null,
  active: boolean,
  listener: Listener<K>,
): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (!active) return;
    return streams.use(topic, symbol, (type, data) => latest.current(type, data));
  }, [topic, symbol, active]);
}
