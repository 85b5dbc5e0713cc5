// One dot for the way to the market: server, live connection, engine, feed. Round is well, square is gone.

import type { JSX } from "preact";

import { age, duration } from "../format";
import { now } from "../live/clock";
import { link, skippedFrames, streams } from "../live/live";
import { trouble } from "../live/trouble";
import { status } from "../server";

export function ConnectionDot(): JSX.Element {
  const wrong = trouble.value;
  const board = streams.held("status").value;
  const feed = board?.data.feed ?? null;
  const lines = [
    wrong === null ? null : `${wrong.what} for ${age(now.value - wrong.since)}`,
    `live connection: ${link.value.state} for ${age(now.value - link.value.since)}`,
    board === null ? "no engine has spoken" : `engine: spoke ${age(now.value - board.at)} ago`,
    feed === null
      ? null
      : `feed of ${feed.venue}: ${feed.status} by ${feed.mode}, newest message ${duration(feed.age_ms)} old`,
    skippedFrames.value === 0 ? null : `${skippedFrames.value} frames skipped: this page was too slow`,
    status.value === null ? null : `MEM ${status.value.version}`,
  ].filter((line) => line !== null);
  const level = wrong?.level ?? (link.value.state === "open" ? "good" : "none");
  return (
    <a class="connection" href="/system" title={lines.join("\n")} aria-label={lines.join(", ")} data-level={level} />
  );
}
