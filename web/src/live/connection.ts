// One WebSocket that comes back by itself. Says when it is gone, silence included, and never asks too often.

/** How the connection is. */
export type Link =
  | { state: "connecting"; since: number }
  | { state: "open"; since: number }
  /** Nothing has come for a while though it seems open. */
  | { state: "silent"; since: number }
  | { state: "closed"; since: number; retryAt: number };

/** As much of a WebSocket as is needed. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send: (text: string) => void;
  close: () => void;
}

/** What surrounds it; tests bring their own. */
export interface Surroundings {
  open: () => Socket;
  now: () => number;
  /** Calls back after so many milliseconds; gives what prevents it. */
  later: (milliseconds: number, call: () => void) => () => void;
  /** Between 0 and 1. */
  random: () => number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
/** So often is looked whether anything came. */
export const LOOK_MS = 400;
/** After so much silence the server is asked whether it is there; it answers at once. */
export const ASK_AFTER_MS = 600;
/** After so much it counts as gone on screen. */
export const SILENT_AFTER_MS = 1_400;
/** And after so much a new connection is made. */
export const GIVE_UP_AFTER_MS = 6_000;

/** How long to wait before attempt number `attempt`, from 0: twice as long each time, a part of it left to chance. */
export function waitBefore(attempt: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random / 2);
}

/** Keeps a WebSocket open. */
export class Connection {
  private readonly around: Surroundings;
  private socket: Socket | null = null;
  private attempts = 0;
  private heard = 0;
  private asked = 0;
  private cancel: () => void = () => undefined;
  private stopped = true;
  link: Link;
  onLink: (link: Link) => void = () => undefined;
  onOpen: () => void = () => undefined;
  onText: (text: string) => void = () => undefined;

  constructor(around: Surroundings) {
    this.around = around;
    this.link = { state: "connecting", since: around.now() };
  }

  /** Connects, now and again. */
  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.connect();
  }

  /** Ends it. */
  stop(): void {
    this.stopped = true;
    this.cancel();
    this.drop();
  }

  /** Does not wait for the next attempt: somebody looks, or the network is back. */
  hurry(): void {
    if (this.stopped || this.link.state !== "closed") return;
    this.cancel();
    this.connect();
  }

  /** Sends a message if the connection is open. */
  send(message: unknown): void {
    if (this.link.state === "open" || this.link.state === "silent") this.socket?.send(JSON.stringify(message));
  }

  private say(link: Link): void {
    this.link = link;
    this.onLink(link);
  }

  private connect(): void {
    // While it is away, `since` stays when that began.
    const socket = this.around.open();
    this.socket = socket;
    this.heard = this.around.now();
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.heard = this.around.now();
      this.say({ state: "open", since: this.heard });
      this.onOpen();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.heard = this.around.now();
      this.attempts = 0;
      if (this.link.state === "silent") this.say({ state: "open", since: this.heard });
      if (typeof data === "string") this.onText(data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
    this.watch();
  }

  private watch(): void {
    this.cancel();
    this.cancel = this.around.later(LOOK_MS, () => {
      const quiet = this.around.now() - this.heard;
      if (quiet >= GIVE_UP_AFTER_MS) return this.lost();
      if (this.link.state === "open" || this.link.state === "silent") {
        if (quiet >= ASK_AFTER_MS && this.around.now() - this.asked >= ASK_AFTER_MS) {
          this.asked = this.around.now();
          this.send({ op: "ping" });
        }
        if (quiet >= SILENT_AFTER_MS && this.link.state === "open") this.say({ state: "silent", since: this.heard });
      }
      this.watch();
    });
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private lost(): void {
    this.drop();
    if (this.stopped) return;
    const wait = waitBefore(this.attempts, this.around.random());
    this.attempts += 1;
    const since = this.link.state === "open" ? this.around.now() : this.link.since;
    this.say({ state: "closed", since, retryAt: this.around.now() + wait });
    this.cancel();
    this.cancel = this.around.later(wait, () => this.connect());
  }
}
