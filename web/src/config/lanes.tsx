// What is traded: a switch for each symbol, with the strategy and bars that it runs on.

import type { JSX } from "preact";

import { settingText } from "../parts/headline";
import { words } from "../format";
import { drafts, keep } from "./drafts";
import { parse } from "./values";
import type { Field, Lane } from "./wire";

/** The setting that says which symbols are traded. */
export const SYMBOLS = "engine.symbols";

/** Symbols that are on once `symbol` is switched, in the order of the lanes. */
export function switched(lanes: readonly Lane[], on: ReadonlySet<string>, symbol: string): string[] {
  return lanes.map((lane) => lane.symbol).filter((one) => (one === symbol ? !on.has(one) : on.has(one)));
}

/** The symbols that a list names; an empty one names all. */
export function named(lanes: readonly Lane[], list: readonly string[]): Set<string> {
  return new Set(list.length === 0 ? lanes.map(({ symbol }) => symbol) : list);
}

export function Lanes({ lanes, field }: { lanes: Lane[]; field: Field }): JSX.Element {
  const text = drafts.value[SYMBOLS];
  const read = text === undefined ? null : parse(field, text);
  const typed = read !== null && "value" in read && Array.isArray(read.value) ? read.value : null;
  const before = new Set(lanes.filter(({ enabled }) => enabled).map(({ symbol }) => symbol));
  const on = typed === null ? before : named(lanes, typed);
  return (
    <ul class="lanes">
      {lanes.map(({ symbol, strategy, params, bars }) => (
        <li key={symbol} data-changed={on.has(symbol) !== before.has(symbol)}>
          <label>
            <input
              type="checkbox"
              role="switch"
              checked={on.has(symbol)}
              disabled={on.has(symbol) && on.size === 1}
              onChange={() => keep(SYMBOLS, switched(lanes, on, symbol).join(", "))}
            />
            <strong>{symbol}</strong>
          </label>
          <span class="muted small">
            {words(strategy)} on {bars} bars
            {Object.entries(params).map(([name, value]) => (
              <span key={name}>
                {" "}
                · {words(name)} {settingText(value)}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
