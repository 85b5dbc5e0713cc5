// One memory: what it tells, what it is worth, and situations like it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useLoad } from "../api/load";
import { counted, percent, words } from "../format";
import { Empty, Shown, Time } from "../parts/states";
import { Cases } from "../trades/recalled";
import { fetchSimilar, type MemoryRow } from "./wire";

function Similar({ id }: { id: number }): JSX.Element {
  const loaded = useLoad(`similar ${id}`, (signal) => fetchSimilar(id, signal));
  return (
    <Shown loaded={loaded} what="Similar situations did not come" lines={3}>
      {({ cases, among }) =>
        cases.length === 0 ? (
          <Empty title={`Nothing like it is among ${counted(among, "decided case")}`} />
        ) : (
          <Cases cases={cases} />
        )
      }
    </Shown>
  );
}

export function MemoryItem({ row }: { row: MemoryRow }): JSX.Element {
  const [similar, setSimilar] = useState(false);
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
        {row.decision !== null && <a href={`/trades?trade=${row.decision}`}>trade {row.decision}</a>}
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
