// The live chart of one symbol with its tools: moved by the WebSocket, never asked for again.

import { signal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Watched } from "../api/records";
import { useCommand } from "../control/use-command";
import { arrow, compact, localTime, percentChange, tone, utcDate, utcTime } from "../format";
import { useKeys } from "../keys";
import { useFrames, useLive } from "../live/live";
import { mergeBars } from "../live/merge";
import type { LiveBar } from "../live/messages";
import { timeframeSeconds } from "../pages/symbols";
import { Icon } from "../parts/icons";
import { Empty, Trouble, Waiting } from "../parts/states";
import { place, setSearch } from "../route";
import { look } from "../theme";
import { useLatestTrades } from "../trades/latest";
import { LiveChart } from "./live-chart";
import { lastBucket, offered, resample } from "./resample";

/** So many trades are marked, the latest ones. */
const MARKED_TRADES = 200;

/** What the legend shows: the bars, and which of them is under the crosshair. */
interface Shown {
  last: Signal<LiveBar | null>;
  cursor: Signal<number | null>;
  bars: { current: LiveBar[] };
}

function Legend({ shown, priceText }: { shown: Shown; priceText: (price: number) => string }): JSX.Element | null {
  const last = shown.last.value;
  const at = shown.cursor.value;
  const bars = shown.bars.current;
  const index = at === null ? bars.length - 1 : bars.findIndex(([ts]) => ts === at);
  const bar = at === null || at === last?.[0] ? last : bars[index];
  if (bar === null || bar === undefined) return null;
  const [ts, open, high, low, close, volume] = bar;
  const before = bars[(at === null || at === last?.[0] ? bars.length - 1 : index) - 1]?.[4];
  const change = before === undefined ? null : (close / before - 1) * 100;
  return (
    <div class="legend">
      <p class="legend-line prices">
        <time title={`${utcTime(ts)}\n${localTime(ts)} here`}>{utcTime(ts)}</time>
        {(
          [
            ["O", open],
            ["H", high],
            ["L", low],
            ["C", close],
          ] as const
        ).map(([name, price]) => (
          <span key={name}>
            <i>{name}</i> {priceText(price)}
          </span>
        ))}
        <span class={tone(change)} title="Against the close before">
          {arrow(change)} {percentChange(change)}
        </span>
        <span title={volume === null ? "not known" : String(volume)}>
          <i>V</i> {compact(volume)}
        </span>
      </p>
    </div>
  );
}

function AlertList({
  watched,
  remove,
  priceText,
}: {
  watched: readonly Watched[];
  remove: (id: number) => void;
  priceText: (price: number) => string;
}): JSX.Element | null {
  if (watched.length === 0) return null;
  return (
    <ul class="watched" aria-label="Price alerts on this chart">
      {watched.map(({ id, reach, price }) => (
        <li key={id}>
          alert {reach} {priceText(price)}
          <button
            type="button"
            class="bare"
            title="Remove this alert"
            aria-label={`Remove the alert ${reach} ${priceText(price)}`}
            onClick={() => remove(id)}
          >
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
    </ul>
  );
}

export function LiveView({ symbol }: { symbol: string }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<LiveChart | null>(null);
  /** The engine's own bars, and those on screen. */
  const own = useRef<LiveBar[]>([]);
  const shown = useMemo<Shown>(() => ({ last: signal(null), cursor: signal(null), bars: { current: [] } }), []);
  const [ownFrame, setOwnFrame] = useState<string | null>(null);
  const [placing, setPlacing] = useState(false);
  const [logarithmic, setLogarithmic] = useState(place.peek().search["log"] === "1");
  const [price, setPrice] = useState("");
  const dateField = useRef<HTMLInputElement>(null);
  const { busy, error, send } = useCommand();
  const closed = useLatestTrades(symbol, MARKED_TRADES);
  const positions = useLive("positions")?.data.positions;
  const everyWatched = useLive("alerts")?.data.watched;
  const watched = useMemo(() => (everyWatched ?? []).filter((one) => one.symbol === symbol), [everyWatched, symbol]);

  const ownMs = ownFrame === null ? 0 : timeframeSeconds(ownFrame) * 1000;
  const steps = ownMs > 0 && Number.isFinite(ownMs) ? offered(ownMs) : [];
  const asked = place.value.search["tf"] ?? "";
  const step = steps.find(([name]) => name === asked)?.[1] ?? ownMs;
  const stepNow = useRef(step);

  const draw = (anew: boolean): void => {
    const at = stepNow.current;
    const bars = at > ownMsNow.current ? resample(own.current, at) : own.current;
    shown.bars.current = [...bars];
    shown.last.value = bars.at(-1) ?? null;
    chart.current?.setBars(bars, anew);
  };
  const ownMsNow = useRef(ownMs);

  useEffect(() => {
    if (element.current === null) return;
    const drawing = new LiveChart(element.current);
    chart.current = drawing;
    drawing.setLogarithmic(logarithmic);
    drawing.onCursor = (ts) => {
      shown.cursor.value = ts;
    };
    if (own.current.length > 0) draw(true);
    return () => {
      chart.current = null;
      drawing.remove();
    };
  }, []);

  useFrames("bars", symbol, true, (type, data) => {
    if (type === "snapshot") {
      const first = own.current.length === 0;
      own.current = [...data.bars];
      ownMsNow.current = timeframeSeconds(data.timeframe) * 1000;
      if (stepNow.current === 0) stepNow.current = ownMsNow.current;
      setOwnFrame(data.timeframe);
      draw(first);
      return;
    }
    const before = own.current.at(-1)?.[0] ?? 0;
    own.current = mergeBars(own.current, data.bars);
    // A bar that comes late changes more than the last one.
    if (data.bars.some(([ts]) => ts < before)) return draw(false);
    const bar = lastBucket(own.current, stepNow.current);
    if (bar === null) return;
    const list = shown.bars.current;
    if (list.at(-1)?.[0] === bar[0]) list[list.length - 1] = bar;
    else list.push(bar);
    shown.last.value = bar;
    chart.current?.update(bar);
  });

  useEffect(() => {
    if (step === 0 || step === stepNow.current) return;
    stepNow.current = step;
    draw(true);
  }, [step]);

  useEffect(() => chart.current?.paint(), [look.value]);
  useEffect(() => {
    chart.current?.setTraded(
      closed ?? [],
      (positions ?? []).filter((one) => one.symbol === symbol),
    );
  }, [closed, positionsText(positions, symbol), ownFrame]);
  useEffect(() => chart.current?.setAlerts(watched), [watched, ownFrame]);

  const watch = (at: number, old: Watched | null): void => {
    const last = own.current.at(-1)?.[4];
    const reach = last === undefined ? "cross" : at > last ? "above" : "below";
    const { note, repeating } = old ?? { note: "", repeating: false };
    void send(...(old === null ? [] : [{ command: "unwatch_price", id: old.id } as const]), {
      command: "watch_price",
      symbol,
      reach,
      price: at,
      note,
      repeating,
    } as const).then((taken) => {
      // What was dragged goes back to where it is.
      if (!taken) chart.current?.setAlerts(watched);
    });
  };

  useEffect(() => {
    const { current } = chart;
    if (current === null) return;
    current.placing = placing;
    current.onPlace = (at) => {
      setPlacing(false);
      watch(at, null);
    };
    current.onMove = (id, at) => {
      const old = watched.find((one) => one.id === id);
      if (old !== undefined) watch(at, old);
    };
  });

  const toggleLogarithmic = (): void => {
    chart.current?.setLogarithmic(!logarithmic);
    setSearch({ log: logarithmic ? "" : "1" });
    setLogarithmic(!logarithmic);
  };
  const priceText = (value: number): string => chart.current?.priceText(value) ?? String(value);
  useKeys({
    a: () => setPlacing(!placing),
    d: () => dateField.current?.focus(),
    l: toggleLogarithmic,
    Escape: () => setPlacing(false),
    ArrowLeft: () => chart.current?.move(-0.15),
    ArrowRight: () => chart.current?.move(0.15),
    "+": () => chart.current?.zoom(1.25),
    "=": () => chart.current?.zoom(1.25),
    "-": () => chart.current?.zoom(0.8),
    Home: () => chart.current?.centre(own.current[0]?.[0] ?? 0),
    End: () => chart.current?.showLatest(),
  });

  return (
    <div class="chart-view">
      <div class="chart-tools">
        <div class="chips" role="group" aria-label="Timeframe">
          {steps.map(([name, ms]) => (
            <button
              key={name}
              type="button"
              aria-pressed={ms === step}
              onClick={() => setSearch({ tf: ms === ownMs ? "" : name })}
            >
              {name}
            </button>
          ))}
        </div>
        <button
          type="button"
          aria-pressed={placing}
          title="Set a price alert by clicking on the chart (a); drag its line to change it"
          onClick={() => setPlacing(!placing)}
        >
          <Icon name="alerts" size={14} /> {placing ? "Click a price …" : "Alert"}
        </button>
        <form
          class="alert-price"
          onSubmit={(event) => {
            event.preventDefault();
            const at = Number(price);
            if (at > 0) {
              watch(at, null);
              setPrice("");
            }
          }}
        >
          <input
            type="number"
            step="any"
            min="0"
            placeholder="at price"
            aria-label={`Price for a new alert on ${symbol}`}
            value={price}
            onInput={(event) => setPrice(event.currentTarget.value)}
          />
        </form>
        <input
          ref={dateField}
          type="date"
          aria-label="Jump to a date (UTC)"
          title="Jump to a date, UTC (d)"
          min={utcDate(own.current[0]?.[0])}
          onChange={(event) => {
            const at = Date.parse(event.currentTarget.value);
            if (!Number.isNaN(at)) chart.current?.centre(at);
          }}
        />
        <button type="button" aria-pressed={logarithmic} title="Logarithmic prices (l)" onClick={toggleLogarithmic}>
          log
        </button>
        <button
          type="button"
          title="To the latest bar (End)"
          aria-label="To the latest bar"
          onClick={() => chart.current?.showLatest()}
        >
          <Icon name="end" size={14} />
        </button>
        <AlertList
          watched={watched}
          priceText={priceText}
          remove={(id) => void send({ command: "unwatch_price", id })}
        />
        <span class="small muted" role="status">
          {busy ? "Sending …" : ""}
        </span>
      </div>
      {error !== null && <Trouble what="The alert was not changed" error={error} />}
      <div class="chart-frame">
        <div ref={element} class="chart live-chart" role="img" aria-label={`Live candles of ${symbol}`} />
        {ownFrame === null ? (
          <div class="chart-over">
            <Waiting lines={6} />
          </div>
        ) : shown.last.peek() === null ? (
          <div class="chart-over">
            <Empty title="No bar yet">
              <p>The first one appears with the first trade of {symbol}.</p>
            </Empty>
          </div>
        ) : (
          <Legend shown={shown} priceText={priceText} />
        )}
      </div>
    </div>
  );
}

/** What of the positions is drawn: not the price, which moves all the time. */
function positionsText(
  positions: readonly {
    symbol: string;
    side: string;
    entry_price: number;
    stop: number | null;
    target: number | null;
  }[] = [],
  symbol: string,
): string {
  return JSON.stringify(
    positions
      .filter((one) => one.symbol === symbol)
      .map(({ side, entry_price, stop, target }) => [side, entry_price, stop, target]),
  );
}
