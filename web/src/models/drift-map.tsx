// Features beside those of the training: a row a feature, the worst first; a column a time; darker is worse.

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { useKept, useLoad, useReload } from "../api/load";
import { count, counted, fixed, utcTime } from "../format";
import { Card } from "../parts/card";
import { Empty, Shown } from "../parts/states";
import type { Standing } from "./scopes";
import { type DriftCell, type DriftMap, type Model, type Severity, fetchDrift, titleOf } from "./wire";

const SEVERITIES: Severity[] = ["none", "low", "medium", "high", "critical"];
const FEW = 16;

/** What a cell says in words. */
function cellText(feature: string, ts: number, cell: DriftCell | null): string {
  if (cell === null) return `${feature}, ${utcTime(ts)}: not compared`;
  const numbers = [
    cell.ks === null ? null : `Kolmogorov-Smirnov ${fixed(cell.ks, 3)}`,
    cell.p_value === null ? null : `p ${cell.p_value < 0.0001 ? "below 0.0001" : fixed(cell.p_value, 4)}`,
    cell.psi === null ? null : `stability index ${fixed(cell.psi, 3)}`,
  ].filter((text) => text !== null);
  return `${feature} of ${cell.symbol}, ${utcTime(ts)}: ${cell.severity}; ${numbers.join(", ")}`;
}

/** The newest column in a sentence: how many have moved, and the worst of them. */
export function summaryOf({ features }: DriftMap): string {
  const newest = features.flatMap(({ feature, cells }) => {
    const cell = [...cells].reverse().find((one) => one !== null) ?? null;
    return cell === null ? [] : [{ feature, cell }];
  });
  const moved = newest.filter(({ cell }) => cell.severity !== "none");
  if (moved.length === 0) return `None of ${counted(newest.length, "feature")} has moved.`;
  const named = moved.slice(0, 3).map(({ feature, cell }) => `${feature} of ${cell.symbol} (${cell.severity})`);
  return `${count(moved.length)} of ${counted(newest.length, "feature")} ${moved.length === 1 ? "has" : "have"} moved, most of all ${named.join(", ")}.`;
}

function Heat({ map }: { map: DriftMap }): JSX.Element {
  const [all, setAll] = useState(false);
  const [at, setAt] = useState<[row: number, column: number]>([0, map.ts.length - 1]);
  const [told, setTold] = useState<string | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  // Where not all times have room, the newest are shown.
  useLayoutEffect(() => {
    if (frame.current !== null) frame.current.scrollLeft = frame.current.scrollWidth;
  }, [map.ts.length]);
  const rows = all ? map.features : map.features.slice(0, FEW);
  const tell = (row: number, column: number): void => {
    const line = rows[row];
    if (line !== undefined) setTold(cellText(line.feature, map.ts[column] ?? 0, line.cells[column] ?? null));
  };
  const move = (event: KeyboardEvent): void => {
    const [row, column] = at;
    const steps: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      Home: [0, -column],
      End: [0, map.ts.length - 1 - column],
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next: [number, number] = [
      Math.max(0, Math.min(rows.length - 1, row + step[0])),
      Math.max(0, Math.min(map.ts.length - 1, column + step[1])),
    ];
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next[0]} ${next[1]}"]`)?.focus();
  };
  return (
    <>
      <p>{summaryOf(map)}</p>
      <div ref={frame} class="scroll-x heat-frame">
        <table ref={table} class="heat" role="grid" aria-label="Drift of features over time" onKeyDown={move}>
          <tbody>
            {rows.map(({ feature, cells }, row) => (
              <tr key={feature}>
                <th scope="row" title={feature}>
                  {feature}
                </th>
                {cells.map((cell, column) => (
                  <td
                    key={column}
                    data-cell={`${row} ${column}`}
                    data-severity={cell?.severity ?? "unknown"}
                    role="gridcell"
                    tabIndex={row === at[0] && column === at[1] ? 0 : -1}
                    aria-label={cellText(feature, map.ts[column] ?? 0, cell)}
                    onMouseEnter={() => tell(row, column)}
                    onClick={() => {
                      setAt([row, column]);
                      tell(row, column);
                    }}
                    onFocus={() => {
                      setAt([row, column]);
                      tell(row, column);
                    }}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="heat-ends small muted">
        <span>{utcTime(map.ts[0])}</span>
        <span>{utcTime(map.ts.at(-1))}</span>
      </p>
      <p class="small heat-told" aria-live="polite">
        {told ?? <span class="muted">Point at a cell, or go there with the arrow keys, for its numbers.</span>}
      </p>
      <p class="small muted heat-key" aria-hidden="true">
        {SEVERITIES.map((severity) => (
          <span key={severity}>
            <i data-severity={severity} /> {severity}
          </span>
        ))}
      </p>
      {map.features.length > FEW && (
        <button type="button" class="more" onClick={() => setAll(!all)}>
          {all ? `Show the worst ${FEW}` : `Show all ${count(map.features.length)} features`}
        </button>
      )}
    </>
  );
}

export function DriftCard({ standing, change }: { standing: Standing; change: number }): JSX.Element {
  const model: Model | null = standing.champion ?? standing.candidate;
  const [symbol, setSymbol] = useState("");
  const loaded = useKept(
    useLoad(model === null ? null : `drift ${model.id} ${symbol}`, (signal) =>
      fetchDrift(model?.id ?? 0, symbol, signal),
    ),
  );
  useReload(loaded, change);
  const symbols = model?.scope.symbols ?? [];
  return (
    <Card title="Drift" span={12} more={model !== null && <span class="small muted">beside the training of {titleOf(model)}</span>}>
      {symbols.length > 1 && (
        <label class="small">
          Symbol{" "}
          <select value={symbol} onChange={(event) => setSymbol(event.currentTarget.value)}>
            <option value="">All, of each feature the worst</option>
            {symbols.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      {model === null ? (
        <Empty title="No model predicts here" />
      ) : (
        <Shown loaded={loaded} what="The comparisons did not come" lines={8}>
          {(map) =>
            map.ts.length === 0 ? (
              <Empty title="Nothing has been compared yet">
                <p>A running engine compares every feature of each symbol with what it was like in training, time and again.</p>
              </Empty>
            ) : (
              <Heat map={map} />
            )
          }
        </Shown>
      )}
    </Card>
  );
}
