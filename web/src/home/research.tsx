// Home where nothing trades in this process: data, runs, jobs.

import type { ComponentChildren, JSX } from "preact";

import { api } from "../api/client";
import { useLoad, useTicker } from "../api/load";
import type { Series } from "../api/types";
import { age, compact, count, counted, utcDate } from "../format";
import { Card } from "../parts/card";
import { HeadlineRow } from "../parts/headline";
import { JobRow, isActive } from "../parts/job";
import { Command, Empty, Shown, SimulatedLabel, Time } from "../parts/states";
import { pathOf } from "../route";
import { status } from "../server";

const LATEST = 5;

function SeriesSummary({ series }: { series: Series[] }): JSX.Element {
  const recorded = series.filter(({ simulated }) => !simulated);
  const simulated = series.length - recorded.length;
  const last = series.reduce((latest, { last }) => Math.max(latest, last), Number.NEGATIVE_INFINITY);
  const bars = series.reduce((sum, one) => sum + one.bars, 0);
  const symbols = new Set(series.map(({ venue, symbol }) => `${venue}/${symbol}`)).size;
  return (
    <>
      <dl class="headline">
        <div>
          <dt>series</dt>
          <dd>{count(series.length)}</dd>
        </div>
        <div>
          <dt>symbols</dt>
          <dd>{count(symbols)}</dd>
        </div>
        <div>
          <dt>bars</dt>
          <dd title={count(bars)}>{compact(bars)}</dd>
        </div>
        <div>
          <dt>latest bar</dt>
          <dd title={`${age(Date.now() - last)} ago`}>{utcDate(last)}</dd>
        </div>
      </dl>
      {simulated > 0 && (
        <p class="small">
          {counted(simulated, "series", "series")} of these <SimulatedLabel />
        </p>
      )}
      <ul class="rows">
        {[...series]
          .sort((a, b) => Number(a.simulated) - Number(b.simulated) || b.last - a.last || b.bars - a.bars)
          .slice(0, LATEST)
          .map((one) => (
            <li key={`${one.venue}/${one.symbol}/${one.timeframe}`}>
              <a href={pathOf({ page: "charts", series: one })}>
                <strong>{one.symbol}</strong> {one.timeframe} <span class="muted">{one.venue}</span>{" "}
                {one.simulated && <SimulatedLabel />}
              </a>
              <span class="muted number">{count(one.bars)} bars</span>
            </li>
          ))}
      </ul>
    </>
  );
}

/** What there is where nothing trades: data, runs, jobs. */
export function Research({ children }: { children?: ComponentChildren }): JSX.Element {
  const series = useLoad("series", (signal) => api.series(signal));
  const runs = useLoad("runs", (signal) => api.runs(signal));
  const jobs = useLoad("jobs", (signal) => api.jobs(signal));
  const active = jobs.data?.jobs.filter(isActive) ?? [];
  const server = status.value;
  useTicker(active.length > 0 || (server?.jobs.running ?? 0) > 0, 1_000, jobs.reload);
  return (
    <div class="cards">
      {children}
      <Card title="Market data" more={<a href="/charts">All charts</a>}>
        <Shown loaded={series} what="The list of series did not come">
          {(data) =>
            data.series.length === 0 ? (
              <Empty title="No market data yet">
                <p>Import candles from CSV or Parquet files, or have a market simulated:</p>
                <Command text="mem data import candles/*.csv.gz" />
                <Command text="mem demo" />
              </Empty>
            ) : (
              <SeriesSummary series={data.series} />
            )
          }
        </Shown>
      </Card>
      <Card title="Running now" more={<a href="/jobs">All jobs</a>}>
        <Shown loaded={jobs} what="The list of jobs did not come" lines={2}>
          {() =>
            active.length === 0 ? (
              <Empty title="Nothing is running">
                <p>
                  Backtests and searches that are sent to the{" "}
                  <a href="/docs" data-plain>
                    API
                  </a>{" "}
                  appear here with their progress.
                </p>
              </Empty>
            ) : (
              <ul class="jobs">
                {active.map((job) => (
                  <JobRow key={job.id} job={job} changed={jobs.reload} />
                ))}
              </ul>
            )
          }
        </Shown>
        {server !== null && (
          <p class="small muted">
            MEM {server.version}, up {age(server.uptime_s * 1000)}, data in <code>{server.data_folder}</code>.{" "}
            <a href="/docs" data-plain>
              API documentation
            </a>
            ,{" "}
            <a href="/licences.txt" data-plain>
              licences
            </a>
          </p>
        )}
      </Card>
      <Card title="Latest runs" more={<a href="/runs">All runs</a>}>
        <Shown loaded={runs} what="The list of runs did not come">
          {(data) =>
            data.runs.length === 0 ? (
              <Empty title="No runs yet">
                <p>Every backtest is kept with its settings, its trades and a report:</p>
                <Command text="mem backtest confluence --timeframe 1h" />
              </Empty>
            ) : (
              <>
                <p class="small muted">{counted(data.runs.length, "run")} kept.</p>
                <ul class="rows runs-list">
                  {[...data.runs]
                    .sort((a, b) => b.created_at - a.created_at)
                    .slice(0, LATEST)
                    .map((run) => (
                      <li key={run.id}>
                        <a href={pathOf({ page: "run", id: run.id })}>
                          <strong>{run.title}</strong> {run.simulated && <SimulatedLabel />}
                          <span class="small muted">
                            {run.kind}, <Time ms={run.created_at} ago />
                          </span>
                        </a>
                        <HeadlineRow figures={run.headline.slice(0, 4)} />
                      </li>
                    ))}
                </ul>
              </>
            )
          }
        </Shown>
      </Card>
    </div>
  );
}
