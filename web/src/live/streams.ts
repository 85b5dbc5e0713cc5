// What is subscribed to, by how many, and what it holds. Frames are gathered and taken in once per animation frame.

import { type Signal, batch, signal } from "@preact/signals";

import { merged } from "./merge";
import type { Frame, Topic, Topics } from "./messages";
import { Sequence } from "./sequence";

/** What is known of one topic, of one symbol or of all. */
export interface Held<T> {
  data: T;
  /** When the last frame of it came; milliseconds since the Unix epoch. */
  at: number;
}

/** Hears every frame of a stream, in order, after it has been taken in. */
export type Listener<K extends Topic> = (type: "snapshot" | "delta", data: Topics[K]) => void;

interface Stream {
  topic: Topic;
  symbol: string | null;
  users: number;
  held: Signal<Held<unknown> | null>;
  listeners: Set<(type: "snapshot" | "delta", data: never) => void>;
}

/** What the streams need of the rest. */
export interface Plumbing {
  send: (message: unknown) => void;
  now: () => number;
  /** Calls back before the next picture is drawn. */
  nextFrame: (call: () => void) => void;
}

const keyOf = (topic: Topic, symbol: string | null): string => `${topic} ${symbol ?? ""}`;

/** All streams of one connection. */
export class Streams {
  private readonly streams = new Map<string, Stream>();
  private readonly sequences = new Map<string, Sequence>();
  private waiting: Frame[] = [];
  private planned = false;
  private readonly plumbing: Plumbing;

  constructor(plumbing: Plumbing) {
    this.plumbing = plumbing;
  }

  /** What a stream holds: null before its first frame. Asking does not subscribe. */
  held<K extends Topic>(topic: K, symbol: string | null = null): Signal<Held<Topics[K]> | null> {
    return this.stream(topic, symbol).held as Signal<Held<Topics[K]> | null>;
  }

  /** Subscribes, the first time at the server, too. Gives what ends it. */
  use<K extends Topic>(topic: K, symbol: string | null = null, listener: Listener<K> | null = null): () => void {
    const stream = this.stream(topic, symbol);
    stream.users += 1;
    if (listener !== null) {
      stream.listeners.add(listener as never);
      // Whoever comes later begins with what is known.
      const known = stream.users > 1 ? stream.held.peek() : null;
      if (known !== null) listener("snapshot", known.data as Topics[K]);
    }
    if (stream.users === 1) this.ask("subscribe", [stream]);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      stream.users -= 1;
      if (listener !== null) stream.listeners.delete(listener as never);
      if (stream.users > 0) return;
      this.ask("unsubscribe", [stream]);
      this.sequences.delete(keyOf(topic, symbol));
    };
  }

  /** A new connection: everything is asked for again, and what is shown stays until it comes. */
  connected(): void {
    this.forget();
    const used = [...this.streams.values()].filter(({ users }) => users > 0);
    if (used.length > 0) this.ask("subscribe", used);
  }

  /** Frames were left out, and snapshots follow: until then nothing fits. */
  skipped(): void {
    this.forget();
  }

  /** Takes a frame; it is on screen with the next picture. */
  receive(frame: Frame): void {
    this.waiting.push(frame);
    if (this.planned) return;
    this.planned = true;
    this.plumbing.nextFrame(() => {
      this.planned = false;
      const frames = this.waiting;
      this.waiting = [];
      batch(() => {
        for (const one of frames) this.take(one);
      });
    });
  }

  private forget(): void {
    this.waiting = [];
    for (const sequence of this.sequences.values()) sequence.reset();
  }

  private stream(topic: Topic, symbol: string | null): Stream {
    const key = keyOf(topic, symbol);
    let stream = this.streams.get(key);
    if (stream === undefined) {
      stream = { topic, symbol, users: 0, held: signal(null), listeners: new Set() };
      this.streams.set(key, stream);
    }
    return stream;
  }

  private ask(op: "subscribe" | "unsubscribe", streams: Stream[]): void {
    const topics = streams.map(({ topic, symbol }) => (symbol === null ? { topic } : { topic, symbol }));
    this.plumbing.send({ op, topics });
  }

  private take(frame: Frame): void {
    const { topic, symbol } = frame;
    const key = keyOf(topic, symbol);
    let sequence = this.sequences.get(key);
    if (sequence === undefined) {
      sequence = new Sequence();
      this.sequences.set(key, sequence);
    }
    const verdict = sequence.judge(frame.type, frame.seq);
    const own = this.streams.get(key);
    // Who listens to all symbols hears each of them.
    const whole = symbol === null ? undefined : this.streams.get(keyOf(topic, null));
    if (verdict === "ask") {
      const hurt = [own, whole].filter((stream) => stream !== undefined && stream.users > 0) as Stream[];
      if (hurt.length > 0) {
        this.ask("unsubscribe", hurt);
        this.ask("subscribe", hurt);
      }
    }
    if (verdict !== "take") return;
    if (own !== undefined) this.put(own, frame, frame.type === "snapshot");
    if (whole !== undefined) this.put(whole, frame, false);
  }

  private put(stream: Stream, { topic, type, data }: Frame, replace: boolean): void {
    const known = replace ? null : ((stream.held.peek()?.data ?? null) as Topics[Topic] | null);
    const next = merged(topic, known as never, data as never);
    stream.held.value = { data: next, at: this.plumbing.now() };
    for (const listener of stream.listeners) listener(type, data as never);
  }
}
