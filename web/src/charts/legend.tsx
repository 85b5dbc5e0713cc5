// What is drawn and its values under the crosshair, or at the last bar. One block in the corner of every pane.

import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";

import type { Indicator } from "../api/types";
import { arrow, compact, localTime, percentChange, plain, tone, utcTime, words } from "../format";
import { Icon } from "../parts/icons";
import type { Asked } from "./asked";
import type { Feed } from "./feed";
import { BY_SIGN } from "./palette";
import { drawnBack, placementOf } from "./placement";
import type { LegendPane } from "./price-chart";

/** What legends are made of. */
export interface LegendProps {
  feed: Feed;
  /** Index of the bar under the crosshair. */
  cursor: ReadonlySignal<number | null>;
  panes: LegendPane[];
  catalogue: Map<string, Indicator>;
  colourOf: (index: number) => string;
  priceText: (price: number) => string;
  remove: (key: string) => void;
  edit: (asked: Asked) => void;
}

function Prices({ feed, cursor, priceText }: Pick<LegendProps, "feed" | "cursor" | "priceText">): JSX.Element | null {
  const { bars } = feed;
  const at = cursor.value ?? bars.length - 1;
  const open = bars.open[at];
  const close = bars.close[at];
  const ms = bars.ts[at];
  if (open === undefined || close === undefined || ms === undefined) return null;
  const before = bars.close[at - 1];
  const change = before === undefined ? null : (close / before - 1) * 100;
  const price = (value: number | undefined): string => (value === undefined ? "—" : priceText(value));
  return (
    <p class="legend-line prices">
      <time title={`${utcTime(ms)}\n${localTime(ms)} here`}>
        {feed.timeframeMs >= 86_400_000 ? utcTime(ms).slice(0, 10) : utcTime(ms)}
      </time>
      <span>
        <i>O</i> {price(open)}
      </span>
      <span>
        <i>H</i> {price(bars.high[at])}
      </span>
      <span>
        <i>L</i> {price(bars.low[at])}
      </span>
      <span>
        <i>C</i> {price(close)}
      </span>
      <span class={tone(change)} title="Against the close before">
        {arrow(change)} {percentChange(change)}
      </span>
      <span title={String(bars.volume[at])}>
        <i>V</i> {compact(bars.volume[at])}
      </span>
    </p>
  );
}

function Values({
  feed,
  cursor,
  priceText,
  colourOf,
  entry,
}: LegendProps & { entry: LegendPane["entries"][number] }): JSX.Element {
  const at = cursor.value ?? feed.bars.length - 1;
  const known = feed.indicators.get(entry.key);
  const onPrice = placementOf(known?.asked.name ?? "").pane === "price";
  return (
    <>
      {entry.outputs.map(({ output, colour }) => {
        const back = drawnBack(known?.asked.name ?? "", output, known?.params ?? {});
        const value = known?.columns.get(output)?.[at + back];
        const defined = value !== undefined && !Number.isNaN(value);
        return (
          <span
            key={output}
            class={colour === BY_SIGN ? tone(value) : ""}
            style={colour === BY_SIGN ? {} : { color: colourOf(colour) }}
            title={`${words(output)}: ${defined ? String(value) : "not defined here"}`}
          >
            {defined ? (onPrice ? priceText(value) : plain(Number(value.toPrecision(6)))) : "—"}
          </span>
        );
      })}
    </>
  );
}

export function Legends(props: LegendProps): JSX.Element {
  const { feed, panes, catalogue, remove, edit } = props;
  return (
    <>
      {panes.map((pane, index) => (
        <div key={index} class="legend" style={{ top: `${Math.round(pane.top)}px` }}>
          {index === 0 && <Prices {...props} />}
          {pane.entries.map((entry) => {
            const asked = feed.indicators.get(entry.key)?.asked;
            if (asked === undefined) return null;
            const title = catalogue.get(asked.name)?.title ?? words(asked.name);
            const given = (catalogue.get(asked.name)?.params ?? []).map(
              (param) => asked.params[param.name] ?? String(param.default),
            );
            return (
              <p key={entry.key} class="legend-line">
                <button type="button" class="legend-name" title={`Change ${title}`} onClick={() => edit(asked)}>
                  {title} {given.join(" ")}
                </button>
                <Values {...props} entry={entry} />
                <button
                  type="button"
                  class="bare legend-remove"
                  aria-label={`Remove ${title}`}
                  onClick={() => remove(entry.key)}
                >
                  <Icon name="close" size={12} />
                </button>
              </p>
            );
          })}
        </div>
      ))}
    </>
  );
}
