// Prices that somebody wants to be told of: the list, and the form that adds one.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../control/use-command";
import { percentChange, plain } from "../format";
import { Icon } from "../parts/icons";
import { Empty, Trouble } from "../parts/states";
import type { Reach, Watched } from "../api/records";

const REACHES: [Reach, string][] = [
  ["above", "rises to"],
  ["below", "falls to"],
  ["cross", "crosses"],
];

/** How far a level is from the price now, in percent. */
function distance(level: number, price: number | undefined): number | null {
  return price === undefined || price === 0 ? null : (level / price - 1) * 100;
}

function Form({ symbols, prices }: { symbols: string[]; prices: Readonly<Record<string, number>> }): JSX.Element {
  const { busy, error, send } = useCommand();
  const [symbol, setSymbol] = useState(symbols[0] ?? "");
  const [reach, setReach] = useState<Reach>("cross");
  const [price, setPrice] = useState("");
  const [note, setNote] = useState("");
  const [repeating, setRepeating] = useState(false);
  const level = Number(price.trim());
  const wrong = price.trim() !== "" && !(Number.isFinite(level) && level > 0);
  const now = prices[symbol];
  const away = wrong || price.trim() === "" ? null : distance(level, now);
  return (
    <form
      class="level-form"
      aria-label="New price alert"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong || price.trim() === "") return;
        void send({ command: "watch_price", symbol, reach, price: level, note: note.trim(), repeating }).then(
          (done) => {
            if (!done) return;
            setPrice("");
            setNote("");
          },
        );
      }}
    >
      <label>
        <span class="small muted">Tell me when</span>
        <select name="symbol" value={symbol} onChange={(event) => setSymbol(event.currentTarget.value)}>
          {symbols.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">Which way</span>
        <select name="reach" value={reach} onChange={(event) => setReach(event.currentTarget.value as Reach)}>
          {REACHES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="small muted">
          {now === undefined ? "Price" : `Price, now ${plain(now)}${away === null ? "" : `: ${percentChange(away)}`}`}
        </span>
        <input
          name="price"
          inputMode="decimal"
          autocomplete="off"
          required
          class="number"
          aria-invalid={wrong}
          value={price}
          onInput={(event) => setPrice(event.currentTarget.value)}
        />
      </label>
      <label class="note-field">
        <span class="small muted">Note</span>
        <input
          name="note"
          autocomplete="off"
          maxLength={500}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          name="repeating"
          checked={repeating}
          onChange={(event) => setRepeating(event.currentTarget.checked)}
        />
        every time
      </label>
      <button type="submit" class="primary" disabled={busy || wrong || price.trim() === ""}>
        Add
      </button>
      {wrong && <p class="field-error">Expected a price above zero.</p>}
      {error !== null && <Trouble what="The price alert was not added" error={error} />}
    </form>
  );
}

export function Levels({
  watched,
  symbols,
  prices,
  chartOf,
}: {
  watched: readonly Watched[];
  symbols: string[];
  /** The last price of each symbol. */
  prices: Readonly<Record<string, number>>;
  chartOf: (symbol: string) => string;
}): JSX.Element {
  const { busy, error, send } = useCommand();
  return (
    <section class="card levels" aria-label="Price alerts">
      <header>
        <h2>Price alerts</h2>
        <span class="small muted">or on a chart</span>
      </header>
      {symbols.length > 0 && <Form symbols={symbols} prices={prices} />}
      {error !== null && <Trouble what="The price alert was not removed" error={error} />}
      {watched.length === 0 ? (
        <Empty title="No price is watched">
          <p>Add one here, or with the alert button on a chart. It is told once, or every time if you want.</p>
        </Empty>
      ) : (
        <ul class="rows">
          {watched.map(({ id, symbol, reach, price, note, repeating }) => (
            <li key={id} data-watched={id}>
              <a href={chartOf(symbol)}>
                <strong>{symbol}</strong> {REACHES.find(([of]) => of === reach)?.[1]}{" "}
                <b title={String(price)}>{plain(price)}</b>{" "}
                <span class="muted small">
                  {percentChange(distance(price, prices[symbol]))} from now{repeating ? " · every time" : ""}
                  {note === "" ? "" : ` · ${note}`}
                </span>
              </a>
              <button
                type="button"
                class="bare"
                aria-label={`Remove the alert on ${symbol} at ${plain(price)}`}
                disabled={busy}
                onClick={() => void send({ command: "unwatch_price", id })}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
