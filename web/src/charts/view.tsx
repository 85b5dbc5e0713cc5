// The chart of one series with its toolbar: wires feed, drawing, legends and the address together.

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ApiError, api, session } from "../api/client";
import { useLoad } from "../api/load";
import type { Series } from "../api/types";
import { utcDate } from "../format";
import { useKeys } from "../keys";
import { Icon } from "../parts/icons";
import { Command, Empty, Trouble, Waiting } from "../parts/states";
import { place, setSearch } from "../route";
import { look } from "../theme";
import { type Asked, askedText, formatAsked, parseAsked } from "./asked";
import { Feed } from "./feed";
import { IndicatorDialog } from "./indicator-dialog";
import { Legends } from "./legend";
import { chartColours } from "./palette";
import { type LegendPane, PriceChart } from "./price-chart";

/** More bars are fetched when fewer than so many, or than half a view, are left beside it. */
const AHEAD = 400;
const ADDRESS_DELAY_MS = 600;

function asError(cause: unknown): ApiError | null {
  if (cause instanceof DOMException && cause.name === "AbortError") return null;
  return cause instanceof ApiError ? cause : new ApiError(String(cause), 0);
}

function atOf(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const ms = Date.parse(text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

export function ChartView({ series }: { series: Series }): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<PriceChart | null>(null);
  const cursor = useMemo(() => signal<number | null>(null), []);
  const feed = useMemo(() => new Feed(series, series.last), []);
  const [state, setState] = useState<"loading" | "shown" | "empty">("loading");
  const [error, setError] = useState<ApiError | null>(null);
  const [failed, setFailed] = useState<Record<string, ApiError>>({});
  const [panes, setPanes] = useState<LegendPane[]>([]);
  const [busy, setBusy] = useState(false);
  const [dialog, setDialog] = useState<{ editing: Asked | null } | null>(null);
  const [logarithmic, setLogarithmic] = useState(place.peek().search["log"] === "1");
  const dateField = useRef<HTMLInputElement>(null);
  const catalogue = useLoad("indicators", (signal) => api.indicators(signal));
  const byName = useMemo(
    () => new Map((catalogue.data?.indicators ?? []).map((indicator) => [indicator.name, indicator])),
    [catalogue.data],
  );
  const askedAddress = place.value.search["ind"] ?? "";
  const asked = useMemo(() => parseAsked(askedAddress), [askedAddress]);
  const askedNow = useRef(asked);
  askedNow.current = asked;
  // Null until it is known, or known that it does not come: names and outputs wait for it.
  const catalogueNow = useRef<typeof byName | null>(null);
  catalogueNow.current = catalogue.data === null && catalogue.error === null ? null : byName;
  const fetching = useRef(false);
  const login = session.value;

  const redrawIndicators = (): void => {
    const names = catalogueNow.current;
    if (names === null) return;
    chart.current?.drawIndicators(askedNow.current.map(askedText), (name) => names.get(name)?.outputs ?? []);
  };

  const fill = async (one: Asked): Promise<void> => {
    const key = askedText(one);
    try {
      await feed.fill(one, () => {
        chart.current?.refill(key);
        redrawIndicators();
      });
      setFailed(({ [key]: _, ...others }) => others);
    } catch (cause) {
      const trouble = asError(cause);
      feed.remove(key);
      if (trouble !== null) setFailed((others) => ({ ...others, [key]: trouble }));
    }
  };

  /** Loads around an instant, or the latest bars, and everything that is asked for beside them. */
  const start = async (at: number | null): Promise<void> => {
    fetching.current = true;
    setBusy(true);
    try {
      await feed.start(at);
      if (feed.stopped) return;
      setError(null);
      setState(feed.bars.length === 0 ? "empty" : "shown");
      chart.current?.drawBars("none");
      if (at !== null && at < feed.bars.last) chart.current?.centre(Math.max(0, feed.bars.indexAt(at)));
      else chart.current?.showLatest();
      for (const one of askedNow.current) void fill(one);
    } catch (cause) {
      setError(asError(cause));
    } finally {
      fetching.current = false;
      setBusy(false);
    }
  };

  const extend = async (side: "older" | "newer"): Promise<void> => {
    if (fetching.current) return;
    fetching.current = true;
    setBusy(true);
    try {
      const added = side === "older" ? await feed.loadOlder() : await feed.loadNewer();
      if (added > 0 && !feed.stopped) chart.current?.drawBars(side === "older" ? "right" : "left");
      setError(null);
    } catch (cause) {
      setError(asError(cause));
    } finally {
      fetching.current = false;
      setBusy(false);
    }
  };

  useEffect(() => {
    if (element.current === null) return;
    const drawing = new PriceChart(element.current, feed, chartColours());
    chart.current = drawing;
    drawing.setLogarithmic(logarithmic);
    let timer: ReturnType<typeof setTimeout> | undefined;
    drawing.onCursor = (index) => {
      cursor.value = index;
    };
    drawing.onPanes = () => setPanes(drawing.legends());
    drawing.onView = (from, to) => {
      const { bars } = feed;
      if (bars.length === 0) return;
      const ahead = Math.max(AHEAD, (to - from) / 2);
      if (from < ahead && feed.older) void extend("older");
      else if (to > bars.length - ahead && feed.newer) void extend("newer");
      // Where the reader is, for a reload; the latest bars need no address.
      clearTimeout(timer);
      timer = setTimeout(() => {
        const middle = bars.ts[Math.round((from + to) / 2)];
        const latest = to >= bars.length - 1 && !feed.newer;
        setSearch({ at: latest || middle === undefined ? "" : new Date(middle).toISOString().slice(0, 16) });
      }, ADDRESS_DELAY_MS);
    };
    return () => {
      clearTimeout(timer);
      feed.stop();
      drawing.remove();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    void start(atOf(place.peek().search["at"]));
  }, [login]);

  useEffect(() => {
    chart.current?.paint(chartColours());
    chart.current?.onPanes();
  }, [look.value]);

  useEffect(() => {
    const keys = new Set(asked.map(askedText));
    for (const key of [...feed.indicators.keys()]) if (!keys.has(key)) feed.remove(key);
    setFailed((before) => Object.fromEntries(Object.entries(before).filter(([key]) => keys.has(key))));
    redrawIndicators();
    if (feed.bars.length === 0) return;
    for (const one of asked) if (!feed.indicators.has(askedText(one))) void fill(one);
  }, [asked]);

  useEffect(redrawIndicators, [byName, catalogue.error]);

  const ask = (list: Asked[]): void => setSearch({ ind: formatAsked(parseAsked(formatAsked(list))) }, "push");
  const remove = (key: string): void => ask(asked.filter((one) => askedText(one) !== key));
  const jump = (text: string): void => {
    const at = atOf(text);
    if (at === null) return;
    const { bars } = feed;
    if (at >= bars.first && at <= bars.last) chart.current?.centre(bars.indexAt(at));
    else void start(Math.max(at, series.first));
  };
  const toggleLogarithmic = (): void => {
    chart.current?.setLogarithmic(!logarithmic);
    setSearch({ log: logarithmic ? "" : "1" });
    setLogarithmic(!logarithmic);
  };
  const openDate = (): void => {
    dateField.current?.focus();
    try {
      dateField.current?.showPicker();
    } catch {
      // The field can be typed into where no picker may be opened.
    }
  };
  useKeys({
    i: () => setDialog({ editing: null }),
    d: openDate,
    l: toggleLogarithmic,
    ArrowLeft: () => chart.current?.move(-0.15),
    ArrowRight: () => chart.current?.move(0.15),
    "+": () => chart.current?.zoom(1.25),
    "=": () => chart.current?.zoom(1.25),
    "-": () => chart.current?.zoom(0.8),
    Home: () => chart.current?.centre(0),
    End: () => (feed.newer ? void start(null) : chart.current?.showLatest()),
  });

  return (
    <div class="chart-view">
      <div class="chart-tools">
        <button type="button" onClick={() => setDialog({ editing: null })} title="Add an indicator (i)">
          <Icon name="plus" size={14} /> Indicator
        </button>
        <input
          ref={dateField}
          type="date"
          aria-label="Jump to a date (UTC)"
          title="Jump to a date, UTC (d)"
          min={utcDate(series.first)}
          max={utcDate(series.last)}
          onChange={(event) => jump(event.currentTarget.value)}
        />
        <button type="button" aria-pressed={logarithmic} title="Logarithmic prices (l)" onClick={toggleLogarithmic}>
          log
        </button>
        <button
          type="button"
          title="To the latest bar (End)"
          aria-label="To the latest bar"
          onClick={() => (feed.newer ? void start(null) : chart.current?.showLatest())}
        >
          <Icon name="end" size={14} />
        </button>
        <span class="spring" />
        <span class="small muted" role="status">
          {busy ? "Loading bars …" : ""}
        </span>
      </div>
      {error !== null && (
        <Trouble
          what={state === "shown" ? "No more bars came" : "The bars did not come"}
          error={error}
          retry={() => void start(atOf(place.peek().search["at"]))}
        />
      )}
      {Object.entries(failed).map(([key, trouble]) => (
        <div key={key} class="trouble" role="alert">
          <p>
            <strong>{key}:</strong> {trouble.message}
          </p>
          <button type="button" onClick={() => remove(key)}>
            Remove it
          </button>
        </div>
      ))}
      <div class="chart-frame">
        <div ref={element} class="chart" role="img" aria-label={`Candles of ${series.symbol}, ${series.timeframe}`} />
        {state === "shown" && chart.current !== null && (
          <Legends
            feed={feed}
            cursor={cursor}
            panes={panes}
            catalogue={byName}
            colourOf={(index) => chart.current?.colour(index) ?? "inherit"}
            priceText={(price) => chart.current?.priceText(price) ?? String(price)}
            remove={remove}
            edit={(one) => setDialog({ editing: one })}
          />
        )}
        {state === "loading" && error === null && (
          <div class="chart-over">
            <Waiting lines={6} />
          </div>
        )}
        {state === "empty" && (
          <div class="chart-over">
            <Empty title="This series has no bars">
              <p>Import some:</p>
              <Command text={`mem data import FILE --symbol ${series.symbol} --timeframe ${series.timeframe}`} />
            </Empty>
          </div>
        )}
      </div>
      {dialog !== null &&
        (catalogue.data !== null ? (
          <IndicatorDialog
            indicators={catalogue.data.indicators}
            editing={dialog.editing}
            close={() => setDialog(null)}
            submit={(one) => {
              setDialog(null);
              const key = dialog.editing === null ? null : askedText(dialog.editing);
              ask(key === null ? [...asked, one] : asked.map((before) => (askedText(before) === key ? one : before)));
            }}
          />
        ) : (
          catalogue.error !== null && (
            <Trouble what="The list of indicators did not come" error={catalogue.error} retry={catalogue.reload} />
          )
        ))}
    </div>
  );
}
