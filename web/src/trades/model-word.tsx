// What a model had to do with a decision: its probability, whose turn it was, what it weighed, what moved it.

import type { JSX } from "preact";

import { percent, signed } from "../format";
import type { ModelWord, TradeDetail } from "./wire";

const ROLES: Record<string, string> = {
  vote: "Its word is weighed with that of the rules and of memory.",
  filter: "What goes against it is not entered.",
  decider: "It alone decides about entries and exits.",
};

function Moved({ moved }: { moved: ModelWord["moved_by"] }): JSX.Element {
  const most = Math.max(...moved.map(({ by }) => Math.abs(by)), Number.MIN_VALUE);
  return (
    <ul class="moved" aria-label="Features that moved it most, in log-odds">
      {moved.map(({ feature, by }) => {
        const width = (Math.abs(by) / most) * 50;
        return (
          <li key={feature} title={`${feature}: ${by} in log-odds`}>
            <span>{feature}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect class={by >= 0 ? "toward" : "against"} x={by >= 0 ? 50 : 50 - width} width={width} height="8" />
              <line x1="50" x2="50" y1="0" y2="8" />
            </svg>
            <span class="number">{signed(by, 3)}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function ModelSaid({ word, side }: { word: ModelWord; side: TradeDetail["side"] }): JSX.Element {
  const { model, title, by_candidate, role, of, up, weights, moved_by } = word;
  const agrees = up >= 0.5 === (side === "long");
  const parts = ["rules", "model", "memory"].map((name, index) => `${name} ${percent((weights[index] ?? 0) * 100, 0)}`);
  return (
    <section class="drawer-part">
      <h3>Model</h3>
      <p>
        <a href={`/models?model=${model}`}>{title}</a>
        {by_candidate ? " (the candidate: it was its turn)" : ""} gave {of === "gain" ? "this entry's gain" : "a rise"}{" "}
        <strong title={String(up)}>{percent(up * 100, 1)}</strong>
        {of === "gain" ? ", enough to enter." : `: it ${agrees ? "agreed with" : "was against"} going ${side}.`}
      </p>
      <p class="small muted">
        {ROLES[role] ?? role}
        {role === "vote" && ` Weights: ${parts.join(", ")}.`}
      </p>
      {moved_by.length > 0 && <Moved moved={moved_by} />}
    </section>
  );
}
