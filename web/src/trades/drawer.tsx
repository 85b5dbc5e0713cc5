// One trade, beside the table: what happened, why, what was looked at, and what became of it.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useLoad } from "../api/load";
import { chartOf } from "../charts/where";
import { age, arrow, fixed, percent, plain, UNKNOWN, words } from "../format";
import { useKeys } from "../keys";
import { Change, Money } from "../parts/figures";
import { settingText } from "../parts/headline";
import { Icon } from "../parts/icons";
import { lazy } from "../parts/lazy";
import { Empty, Shown, Time } from "../parts/states";
import { endedBy } from "./ended";
import { ModelSaid } from "./model-word";
import { Recalled } from "./recalled";
import { fetchTrade, type TradeDetail } from "./wire";

const TradeChart = lazy(async () => (await import("../charts/trade-chart")).TradeChart);

function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="drawer-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Facts({ trade }: { trade: TradeDetail }): JSX.Element {
  const { stop, target } = trade;
  const price = (value: number | null): JSX.Element | string =>
    value === null ? UNKNOWN : <span title={String(value)}>{plain(value)}</span>;
  const facts: [string, JSX.Element | string][] = [
    ["P&L, after fees", <Money value={trade.pnl} currency={null} change />],
    ["Return", <Change value={trade.return_pct} />],
    ["Entry", price(trade.entry_price)],
    ["Exit", price(trade.exit_price)],
    ["Stop", price(stop)],
    ["Target", price(target)],
    ["Size", <span title={trade.qty}>{plain(Number(trade.qty))}</span>],
    ["Fees", <Money value={trade.fees} currency={null} />],
    ["Held", trade.duration_ms === null ? "still open" : age(trade.duration_ms)],
    ["Confidence", percent(trade.confidence * 100, 1)],
    ["Opened", <Time ms={trade.entry_ts} />],
    ["Closed", <Time ms={trade.exit_ts} />],
  ];
  return (
    <dl class="facts-grid">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Pairs({ title, values }: { title: string; values: Record<string, unknown> }): JSX.Element | null {
  const names = Object.keys(values).sort();
  if (names.length === 0) return null;
  return (
    <Part title={title}>
      <dl class="pairs">
        {names.map((name) => {
          const value = values[name];
          return (
            <div key={name}>
              <dt>{words(name)}</dt>
              <dd title={String(value)}>
                {typeof value === "number" ? plain(Number(value.toPrecision(4))) : settingText(value)}
              </dd>
            </div>
          );
        })}
      </dl>
    </Part>
  );
}

function Checks({ findings }: { findings: TradeDetail["findings"] }): JSX.Element {
  return (
    <Part title="What risk said">
      {findings.length === 0 ? (
        <p class="muted">Every check let it pass as it was.</p>
      ) : (
        <ul class="lamps">
          {findings.map(({ check, passed, why }) => (
            <li key={check} data-state={passed ? "good" : "bad"}>
              <span class="lamp" role="img" aria-label={passed ? "passed" : "refused"} />
              <strong>
                {words(check)}: {passed ? "passed, made smaller" : "refused"}
              </strong>
              <span class="muted">{why}</span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Orders({ orders }: { orders: TradeDetail["orders"] }): JSX.Element {
  return (
    <Part title="Orders">
      {orders.length === 0 && <p class="muted">No order is on record for this decision.</p>}
      {orders.map((order) => (
        <div key={order.client_order_id} class="order">
          <p>
            <strong>
              {order.side} {plain(Number(order.qty))} {order.symbol}
            </strong>{" "}
            {words(order.kind)}, {words(order.purpose)}: {words(order.stage)}
            {order.average_price !== null && <> at {plain(Number(order.average_price))}</>}
            {order.reason !== null && <> ({order.reason})</>}
          </p>
          <p class="small muted">
            <code>{order.client_order_id}</code>, {plain(Number(order.filled_qty))} filled, fees{" "}
            {fixed(Number(order.fees), 4)}
          </p>
          <ol class="events small">
            {order.events.map(({ ts, event, filled_qty, detail }, index) => (
              <li key={index}>
                <Time ms={ts} seconds /> <span>{words(event)}</span>
                {Number(filled_qty) > 0 && <span class="muted">, {plain(Number(filled_qty))} filled</span>}{" "}
                {detail !== null && <span class="muted">{detail}</span>}
              </li>
            ))}
          </ol>
        </div>
      ))}
    </Part>
  );
}

function Whole({ trade }: { trade: TradeDetail }): JSX.Element {
  return (
    <>
      {trade.bars !== null && trade.bars.bars.length > 0 ? (
        <TradeChart bars={trade.bars.bars} trade={trade} />
      ) : (
        <Empty title="No candles were kept around this trade" />
      )}
      <Facts trade={trade} />
      <Part title="Why">
        <ul class="reasons">
          {trade.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        {trade.exit_reason !== null && (
          <>
            <p>
              Ended by {endedBy(trade.exit_reason)}
              {(trade.exit_decision?.reasons.length ?? 0) > 0 ? ":" : "."}
            </p>
            <ul class="reasons">
              {(trade.exit_decision?.reasons ?? []).map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </>
        )}
        {trade.memory_content !== null && <p class="small muted">Remembered as: {trade.memory_content}</p>}
      </Part>
      {trade.model !== null && <ModelSaid word={trade.model} side={trade.side} />}
      <Recalled memory={trade.memory} />
      <Checks findings={trade.findings} />
      <Orders orders={trade.orders} />
      <Pairs title="What the market looked like" values={trade.features} />
    </>
  );
}

export function Drawer({ decision, close }: { decision: number; close: () => void }): JSX.Element {
  const loaded = useLoad(`trade ${decision}`, (signal) => fetchTrade(decision, signal));
  const element = useRef<HTMLElement>(null);
  useEffect(() => element.current?.focus(), []);
  useKeys({ Escape: close });
  const trade = loaded.data;
  return (
    <aside ref={element} class="drawer" tabIndex={-1} aria-label={`Trade of decision ${decision}`}>
      <header>
        <h2>
          {trade === null ? (
            `Decision ${decision}`
          ) : (
            <>
              <a href={chartOf(trade.symbol)}>{trade.symbol}</a> {arrow(trade.side === "long" ? 1 : -1)} {trade.side}{" "}
              <span class="small muted">
                {words(trade.strategy)}, decision {decision}
              </span>
            </>
          )}
        </h2>
        <button type="button" class="bare" aria-label="Close" title="Close (Esc)" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">
        <Shown loaded={loaded} what="This trade did not come" lines={10}>
          {(data) => <Whole trade={data} />}
        </Shown>
      </div>
    </aside>
  );
}
