// One feed: where its data comes from, how fresh it is, what has happened to it.

import type { JSX } from "preact";

import { UNKNOWN, age, count, duration, words } from "../format";
import { Time } from "../parts/states";
import { Fact, Latencies, clockText } from "./parts";
import type { Feed } from "./wire";

/** How good a state is: class and mark. */
const STANDING: Record<string, ["good" | "warn" | "bad", string]> = {
  healthy: ["good", "●"],
  degraded: ["warn", "▲"],
  unhealthy: ["bad", "■"],
  stale: ["bad", "■"],
};

const MODES: Record<string, string> = {
  websocket: "WebSocket",
  rest: "REST instead",
  disconnected: "nothing answers",
};

/** A state as a word with a mark and a colour. */
export function Standing({ status }: { status: string }): JSX.Element {
  const [tone, mark] = STANDING[status] ?? ["warn", "▲"];
  return (
    <span class={`standing ${tone}`}>
      <i aria-hidden="true">{mark}</i> {status}
    </span>
  );
}

export function FeedCard({ feed }: { feed: Feed }): JSX.Element {
  const missing = feed.streams.filter((stream) => stream.missing);
  return (
    <section class="card feed" data-feed={feed.venue} data-status={feed.status} aria-label={`Feed ${feed.venue}`}>
      <header>
        <h2>Feed: {feed.venue}</h2>
        <Standing status={feed.status} />
      </header>
      <dl class="headline">
        <Fact name="data comes by">{MODES[feed.mode] ?? feed.mode}</Fact>
        <Fact name="newest message" title="How long ago the last message came">
          {feed.age_ms === null ? UNKNOWN : `${duration(feed.age_ms)} ago`}
        </Fact>
        <Fact name="ping">{duration(feed.ping_ms)}</Fact>
        <Fact name="breaker" title="Closed is well: open means no attempts to connect for a while">
          {words(feed.breaker)}
        </Fact>
        <Fact name="reconnects">{count(feed.reconnects)}</Fact>
        <Fact name="missing now" title="Streams of which something is known to be missing">
          {count(missing.length)}
        </Fact>
      </dl>
      <div class="table-scroll">
        <Latencies
          rows={[
            [
              "event to us",
              "From the venue's time of an event to our clock; a simulated clock is not comparable",
              feed.event_latency,
            ],
            ["requests", "Requests to the venue", feed.requests],
            ["fail-over", "From the loss of the WebSocket to data by REST", feed.failover],
            ["outage", "The same where REST had failed too", feed.outage],
          ]}
        />
      </div>
      <p class="small muted">
        {count(feed.messages)} messages, {count(feed.errors)} errors, {count(feed.sequence_gaps)} gaps in numbers,{" "}
        {count(feed.duplicates)} duplicates left out, {count(feed.discarded)} discarded, WebSocket back{" "}
        {count(feed.failbacks)} times, clock {clockText(feed.clock_offset_ms)} against ours, up{" "}
        {age(feed.uptime_s * 1_000)}.
      </p>
      <details>
        <summary>
          Streams ({count(feed.streams.length)}) and what happened ({count(feed.events.length)})
        </summary>
        <div class="feed-details">
          <table class="streams">
            <thead>
              <tr>
                <th scope="col">Stream</th>
                <th scope="col" class="number">
                  delivered
                </th>
                <th scope="col" class="number">
                  quiet for
                </th>
                <th scope="col">complete</th>
              </tr>
            </thead>
            <tbody>
              {feed.streams.map(({ stream, delivered, quiet_s, missing }) => (
                <tr key={stream}>
                  <th scope="row">{stream}</th>
                  <td class="number">{count(delivered)}</td>
                  <td class="number">{quiet_s === null ? UNKNOWN : duration(quiet_s * 1_000)}</td>
                  <td>{missing ? <span class="standing warn">▲ being filled in</span> : "yes"}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <ol class="events">
            {[...feed.events].reverse().map(({ at, event, detail, socket }) => (
              <li key={`${at} ${socket} ${event}`}>
                <Time ms={at} /> <strong>{words(event)}</strong> <span class="muted">{detail}</span>
              </li>
            ))}
          </ol>
        </div>
      </details>
    </section>
  );
}
