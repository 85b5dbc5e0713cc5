// Home: am I making money, what do I hold, is everything working, what just happened.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { summary as fetchSummary } from "../api/live";
import { useLoad } from "../api/load";
import type { Summary } from "../api/records";
import { localTime } from "../format";
import { hello, useFrames, useLive } from "../live/live";
import { Card } from "../parts/card";
import { ChartCredit } from "../parts/credit";
import { lazy } from "../parts/lazy";
import { Command, Empty, Trouble, Waiting } from "../parts/states";
import { Happened } from "./happened";
import { Profit } from "./profit";
import { NewestAlerts } from "./newest-alerts";
import { Positions } from "./positions";
import { Research } from "./research";
import { Working } from "./working";

const Curve = lazy(async () => (await import("../charts/curve")).Curve);

function Equity({ summary }: { summary: Summary }): JSX.Element {
  const metrics = useLive("metrics");
  const { equity_curve: curve, currency } = summary;
  const data = useMemo(() => ({ ts: curve.ts, value: curve.equity, drawdown: curve.drawdown_pct }), [curve]);
  const equity = metrics?.data.equity ?? null;
  const latest = useMemo(
    () =>
      metrics === null || equity === null
        ? null
        : { ts: equity[0], value: equity[1], drawdown: metrics.data.drawdown_pct },
    [equity?.[0], equity?.[1]],
  );
  if (curve.ts.length < 2 && latest === null) {
    return (
      <Empty title="No equity yet">
        <p>The curve begins with the first price, and gets a point whenever a trade closes.</p>
      </Empty>
    );
  }
  return (
    <Curve
      data={data}
      latest={latest}
      base={curve.equity[0] ?? latest?.value ?? 0}
      unit={currency}
      label={`Equity in ${currency} with the drawdown beneath`}
    />
  );
}

export function Home(): JSX.Element {
  const loaded = useLoad("summary", fetchSummary);
  // What the WebSocket does not carry changes when a trade closes.
  useFrames("closed", null, true, (type) => {
    if (type === "delta") loaded.reload();
  });
  const { data, error, at, reload } = loaded;
  const engine = hello.value?.mode !== "research";
  if (!engine && data !== null && data.since === null) return <NoEngine />;
  return (
    <div class="grid">
      <h1 class="unseen">Home</h1>
      {error !== null && (
        <Trouble what="The summary did not come" error={error} retry={reload} stale={data === null ? null : at} />
      )}
      {!engine && data !== null && (
        <p class="note">
          No engine runs in this process: this is what the records say. <code>mem run</code> or <code>mem demo</code>{" "}
          goes on with them.
        </p>
      )}
      {data === null ? (
        error === null ? (
          <Waiting lines={8} />
        ) : (
          // What is live goes on without the records.
          <>
            <Happened currency="" engine={engine} />
            <Positions currency="" known={[]} />
            <Working engine={engine} />
            <NewestAlerts known={[]} />
          </>
        )
      ) : (
        <>
          <Profit summary={data} />
          <Card
            title="Equity"
            span={8}
            more={
              <span class="small muted">
                marked to market, after fees, {data.currency}
                {data.since !== null && `, since ${localTime(data.since)}`}
              </span>
            }
          >
            <Equity summary={data} />
          </Card>
          <Happened currency={data.currency} engine={engine} />
          <Positions currency={data.currency} known={data.open_positions} />
          <Working engine={engine} />
          <NewestAlerts known={data.alerts} />
          <div class="span-12">
            <ChartCredit />
          </div>
        </>
      )}
    </div>
  );
}

function NoEngine(): JSX.Element {
  return (
    <Research>
      <h1 class="unseen">Home</h1>
      <Card title="Nothing trades here">
        <Empty title="This server has data and runs, but no engine in its process">
          <p>Profit, positions and alerts appear here while an engine runs. On a simulated market:</p>
          <Command text="mem demo" />
          <p>or on paper, with the market's own prices:</p>
          <Command text="mem run --paper" />
        </Empty>
      </Card>
    </Research>
  );
}
