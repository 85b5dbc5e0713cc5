// HEALTH: whether everything works, measured. What is not measured is a dash.

import type { JSX } from "preact";

import { get } from "../api/client";
import { useLoad, useTicker } from "../api/load";
import { age, bytes, count, counted, duration, fixed, percent, words } from "../format";
import { FeedCard, Standing } from "../health/feed-card";
import { Fact, Latencies, Meter, clockText } from "../health/parts";
import { Strips } from "../health/strips";
import type { Health, HealthHistory } from "../health/wire";
import { now } from "../live/clock";
import { useLive } from "../live/live";
import { tradingMode } from "../live/trouble";
import { Choice } from "../parts/choice";
import { Command, Empty, Shown, Waiting } from "../parts/states";
import { place, setSearch } from "../route";
import "../styles/health.css";

const MINUTE_MS = 60_000;
const RANGES = [1, 6, 24];

/** The worst of the feeds in a word. */
function worst(statuses: readonly string[]): string | null {
  const order = ["unhealthy", "stale", "degraded", "healthy"];
  return order.find((status) => statuses.includes(status)) ?? statuses[0] ?? null;
}

function Machine({ health }: { health: Health }): JSX.Element {
  const { cpu, memory, disk } = health;
  const used = (total: number | null, free: number | null): number | null =>
    total === null || free === null ? null : total - free;
  return (
    <section class="card" aria-label="Machine">
      <header>
        <h2>Machine</h2>
        <span class="small muted">{counted(cpu.cores, "core")}</span>
      </header>
      <div class="meters">
        <Meter
          name="CPU, this process"
          used={cpu.process_pct}
          total={cpu.cores * 100}
          text={`${percent(cpu.process_pct)} of a core`}
        />
        <Meter name="CPU, machine" used={cpu.system_pct} total={100} text={percent(cpu.system_pct)} />
        <Meter name="memory, this process" used={memory.rss} total={memory.system_total} text={bytes(memory.rss)} />
        <Meter
          name="memory, machine"
          used={used(memory.system_total, memory.system_available)}
          total={memory.system_total}
          text={`${bytes(memory.system_available)} free of ${bytes(memory.system_total)}`}
        />
        <Meter
          name="disk of the records"
          used={used(disk.total, disk.free)}
          total={disk.total}
          text={`${bytes(disk.free)} free of ${bytes(disk.total)}`}
        />
      </div>
    </section>
  );
}

function EngineCard({ health }: { health: Health }): JSX.Element {
  return (
    <section class="card" aria-label="Engine">
      <header>
        <h2>Engine</h2>
        <span class="small muted">up {age(health.uptime_s * 1_000)}</span>
      </header>
      <dl class="headline">
        <Fact name="errors a minute" title="Errors of feeds, records and requests in the last minute">
          {fixed(health.errors.per_minute, 0)}
        </Fact>
        <Fact name="errors so far">{count(health.errors.total)}</Fact>
        <Fact name="venue's clock" title="The venue's clock minus ours">
          {clockText(health.clock_skew_ms)}
        </Fact>
      </dl>
      <div class="table-scroll">
        <Latencies
          rows={[
            ["event to decision", "From taking an event to the end of what follows from it", health.decision_latency],
          ]}
        />
      </div>
      <div class="meters">
        {health.queues.map(({ name, depth, capacity }) => (
          <Meter
            key={name}
            name={`queue: ${words(name)}`}
            used={depth}
            total={capacity}
            text={`${count(depth)} of ${count(capacity)}`}
            warn={0.5}
          />
        ))}
      </div>
    </section>
  );
}

function Records({ health }: { health: Health }): JSX.Element {
  const { database } = health;
  return (
    <section class="card" aria-label="Records">
      <header>
        <h2>Records</h2>
        <span class="small muted">SQLite</span>
      </header>
      <dl class="headline">
        <Fact name="file">{bytes(database.size)}</Fact>
        <Fact name="log beside it">{bytes(database.wal)}</Fact>
        <Fact name="mean call" title={`${database.average_latency_us} µs, waiting included`}>
          {duration(database.average_latency_us / 1_000)}
        </Fact>
        <Fact name="longest call">{duration(database.max_latency_us / 1_000)}</Fact>
        <Fact name="writes waiting">{count(database.write_queue)}</Fact>
        <Fact name="failed calls">{count(database.errors)}</Fact>
      </dl>
      <p class="small muted">
        {count(database.reads)} reads and {count(database.writes)} writes so far.
      </p>
    </section>
  );
}

function Pages({ health }: { health: Health }): JSX.Element {
  return (
    <section class="card" aria-label="Open pages">
      <header>
        <h2>Open pages</h2>
        <span class="small muted">WebSocket</span>
      </header>
      <dl class="headline">
        <Fact name="connected">{count(health.ws_clients)}</Fact>
        <Fact name="frames skipped" title="Left out for pages that were too slow; the engine never waits for them">
          {count(health.ws_skipped)}
        </Fact>
      </dl>
    </section>
  );
}

/** What happened in the last hours, asked for once a minute. */
function Past({ now }: { now: number }): JSX.Element {
  const asked = Number(place.value.search["hours"] ?? "24");
  const hours = RANGES.includes(asked) ? asked : 24;
  const loaded = useLoad(`health-history ${hours}`, (signal) =>
    get<HealthHistory>(`/api/live/health/history?hours=${hours}`, signal),
  );
  useTicker(true, MINUTE_MS, loaded.reload);
  return (
    <section class="card past" aria-label="History">
      <header>
        <h2>
          Up {loaded.data === null ? "—" : percent(loaded.data.uptime_pct, 2)} of the last{" "}
          {hours === 1 ? "hour" : `${hours} hours`}
        </h2>
        <Choice
          label="Range"
          options={RANGES.map((one) => [String(one), `${one} h`] as const)}
          chosen={String(hours)}
          choose={(one) => setSearch({ hours: one === "24" ? "" : one })}
        />
      </header>
      <Shown loaded={loaded} what="The history did not come" lines={5}>
        {(history) =>
          history.ts.length === 0 ? (
            <Empty title="No history yet">
              <p>The engine writes a row a minute; the first one comes within a minute of its start.</p>
            </Empty>
          ) : (
            <Strips history={history} hours={hours} now={now} />
          )
        }
      </Shown>
    </section>
  );
}

/** The page with what the engine says each second. */
export function HealthPage(): JSX.Element {
  const health = useLive("health")?.data ?? null;
  return <Measured health={health} engine={tradingMode.value !== "research"} now={now.value} />;
}

/** `health` is null until it has come; `engine` says whether there is one in this process at all. */
function Measured({ health, engine, now }: { health: Health | null; engine: boolean; now: number }): JSX.Element {
  const state = health === null ? null : worst(health.feeds.map(({ status }) => status));
  return (
    <section class="plain health">
      <header class="page-head">
        <h1>Health</h1>
        {state !== null && <Standing status={state} />}
        {health !== null && (
          <span class="small muted" data-age={Math.max(0, now - health.ts)}>
            measured {age(now - health.ts)} ago
          </span>
        )}
      </header>
      {health === null &&
        (engine ? (
          <Waiting lines={8} label="Waiting for the first measurement" />
        ) : (
          <Empty title="No engine runs in this process">
            <p>Feeds, queues, latencies and load are measured by a running engine. Start one, or the demo:</p>
            <Command text="mem run" />
            <Command text="mem demo" />
          </Empty>
        ))}
      {health !== null && (
        <div class="grid">
          {health.feeds.map((feed) => (
            <FeedCard key={feed.venue} feed={feed} />
          ))}
          <Machine health={health} />
          <EngineCard health={health} />
          <Records health={health} />
          <Pages health={health} />
        </div>
      )}
      <Past now={now} />
    </section>
  );
}
