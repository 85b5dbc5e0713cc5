// What memory said to a decision: similar cases, what became of them, and what that did to the confidence.

import type { JSX } from "preact";

import { count, fixed, percent } from "../format";
import { Change } from "../parts/figures";
import { Time } from "../parts/states";
import type { Judgement, Similar } from "./wire";

const MOST = 8;

/** Cases with their distance and outcome; each leads to its trade. */
export function Cases({ cases }: { cases: readonly Similar[] }): JSX.Element {
  return (
    <table class="recalled">
      <thead>
        <tr>
          <th scope="col">Situation</th>
          <th scope="col">When</th>
          <th scope="col" class="number">
            Distance
          </th>
          <th scope="col" class="number">
            Outcome
          </th>
        </tr>
      </thead>
      <tbody>
        {cases.map(({ id, symbol, ts, distance, return_pct, content }) => (
          <tr key={id} title={content ?? undefined}>
            <td>
              <a href={`/trades?trade=${id}`}>{symbol === null ? `decision ${id}` : `${symbol} (${id})`}</a>
            </td>
            <td>
              <Time ms={ts} />
            </td>
            <td class="number" title={String(distance)}>
              {fixed(distance, 3)}
            </td>
            <td class="number">
              <Change value={return_pct} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Recalled({ memory }: { memory: Judgement | null }): JSX.Element {
  if (memory === null) {
    return (
      <section class="drawer-part">
        <h3>Similar situations</h3>
        <p class="muted">Memory was not asked: nothing was entered, or too little was known then.</p>
      </section>
    );
  }
  const { raw, adjusted, similar, known, win_rate, expected_return_pct, probability, base_probability } = memory;
  return (
    <section class="drawer-part">
      <h3>Similar situations</h3>
      <p>
        Of {count(known)} cases whose outcome was known, {count(similar.length)} were like this one
        {win_rate !== null && (
          <>
            : {percent(win_rate * 100, 0)} of them won, <Change value={expected_return_pct} /> on average
          </>
        )}
        . The chance of winning was put at {percent(probability * 100, 0)} with memory,{" "}
        {percent(base_probability * 100, 0)} without it, and confidence went from {fixed(raw, 1)} to{" "}
        {fixed(adjusted, 1)}.
      </p>
      {similar.length > 0 && <Cases cases={similar.slice(0, MOST)} />}
      {similar.length > MOST && <p class="small muted">and {count(similar.length - MOST)} further away.</p>}
    </section>
  );
}
