// One memory: what it tells, what it is worth, and situations like it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useLoad } from "../api/load";
import { fixed, percent, words } from "../format";
import { Change } from "../parts/figures";
import { Empty, Shown, Time } from "../parts/states";
import { fetchSimilar, type MemoryRow } from "./wire";

function Similar({ id }: { id: number }): JSX.Element {
  const loaded = useLoad(`similar ${id}`, (signal) => fetchSimilar(id, signal));
  return (
    <Shown loaded={loaded} what="Similar situations did not come" lines={3}>
      {({ rows }) =>
        rows.length === 0 ? (
          <Empty title="Nothing like it is known yet" />
        ) : (
          <table class="recalled">
            <thead>
              <tr>
                <th scope="col">Situation</th>
                <th scope="col">When</th>
                <th scope="col" class="number">
                  Distance
                </th>
                <th scope="col" class="number">
                  What became of it
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.decision}>
                  <td>
                    <a href={`/trades?trade=${row.decision}`}>
                      {row.symbol} {row.decision}
                    </a>
                  </td>
                  <td>
                    <Time ms={row.ts} />
                  </td>
                  <td class="number" title={String(row.distance)}>
                    {fixed(row.distance, 3)}
                  </td>
                  <td class="number">
                    <Change value={row.return_pct} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      }
    </Shown>
  );
}

export function MemoryItem({ row }: { row: MemoryRow }): JSX.Element {
  const [similar, setSimilar] = useState(false);
  const trades = new Set([...row.related_trades, ...(row.decision === null ? [] : [row.decision])]);
  return (
    <li class="item">
      <p class="item-head small">
        <span class="badge-plain">{words(row.memory_type)}</span>
        <span class="muted">
          <Time ms={row.ts} />
        </span>
        {row.success !== null && (
          <span class={row.success ? "gain" : "loss"}>{row.success ? "▲ worked" : "▼ did not work"}</span>
        )}
        <span class="spring" />
        <span class="muted" title={`relevance ${row.relevance_score}`}>
          relevance {percent(row.relevance_score * 100, 0)}
        </span>
      </p>
      <p>{row.content}</p>
      <p class="item-foot small">
        {[...trades].map((decision) => (
          <a key={decision} href={`/trades?trade=${decision}`}>
            trade {decision}
          </a>
        ))}
        {row.tags
          .filter((tag) => !tag.startsWith("decision:"))
          .map((tag) => (
            <span key={tag} class="muted">
              #{tag}
            </span>
          ))}
        {row.decision !== null && (
          <button type="button" class="bare small" aria-expanded={similar} onClick={() => setSimilar(!similar)}>
            {similar ? "Hide" : "Show"} similar situations
          </button>
        )}
      </p>
      {similar && <Similar id={row.id} />}
    </li>
  );
}
