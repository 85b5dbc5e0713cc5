import { beforeEach, describe, expect, it } from "vitest";

import { Connection, GIVE_UP_AFTER_MS, type Link, SILENT_AFTER_MS, type Socket, waitBefore } from "./connection";

/** A world whose time passes when told to. */
class World {
  time = 0;
  sockets: (Socket & { sent: string[]; closed: boolean })[] = [];
  private timers: { at: number; call: () => void }[] = [];

  connection = new Connection({
    open: () => {
      const socket = {
        sent: [] as string[],
        closed: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text: string) => void socket.sent.push(text),
        close: () => {
          socket.closed = true;
        },
      };
      this.sockets.push(socket);
      return socket;
    },
    now: () => this.time,
    later: (milliseconds, call) => {
      const timer = { at: this.time + milliseconds, call };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((one) => one !== timer);
      };
    },
    random: () => 1,
  });

  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.time = next.at;
      this.timers = this.timers.filter((one) => one !== next);
      next.call();
    }
    this.time = end;
  }

  get latest(): World["sockets"][number] {
    return this.sockets.at(-1) as World["sockets"][number];
  }
}

describe("a connection", () => {
  let world: World;
  let links: Link["state"][];

  beforeEach(() => {
    world = new World();
    links = [];
    world.connection.onLink = ({ state }) => links.push(state);
    world.connection.start();
    world.latest.onopen?.();
  });

  it("comes back by itself, waiting longer each time, and remembers since when it is away", () => {
    world.pass(100);
    world.latest.onclose?.();
    expect(world.connection.link).toEqual({ state: "closed", since: 100, retryAt: 350 });
    world.pass(250);
    expect(world.sockets).toHaveLength(2);
    world.latest.onclose?.();
    expect(world.connection.link).toEqual({ state: "closed", since: 100, retryAt: 850 });
    world.pass(500);
    world.latest.onopen?.();
    expect(links).toEqual(["open", "closed", "closed", "open"]);
  });

  it("asks a silent server, says so within two seconds, and then gives it up", () => {
    world.pass(SILENT_AFTER_MS + 600);
    expect(world.latest.sent[0]).toBe('{"op":"ping"}');
    expect(world.connection.link).toEqual({ state: "silent", since: 0 });
    world.latest.onmessage?.({ data: "{}" });
    expect(world.connection.link.state).toBe("open");
    world.pass(GIVE_UP_AFTER_MS + 600);
    expect(links.slice(-2)).toEqual(["silent", "closed"]);
    expect(world.sockets[0]?.closed).toBe(true);
  });

  it("does not wait when somebody is in a hurry, and ends when told to", () => {
    world.latest.onclose?.();
    world.connection.hurry();
    expect(world.sockets).toHaveLength(2);
    world.connection.stop();
    world.pass(60_000);
    expect(world.sockets).toHaveLength(2);
    expect(world.latest.closed).toBe(true);
  });

  it("waits twice as long each time, up to eight seconds, never less than half of it", () => {
    expect([0, 1, 2, 5, 20].map((attempt) => waitBefore(attempt, 1))).toEqual([250, 500, 1000, 8000, 8000]);
    expect(waitBefore(3, 0)).toBe(1000);
  });
});
