// What was decided about models, with the numbers that it was decided by.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { useLoad, useReload } from "../api/load";
import { count, plain, words } from "../format";
import { Card } from "../parts/card";
import { FilterChoice } from "../parts/choice";
import { Empty, Shown, Time } from "../parts/states";
import { place } from "../route";
import { type Chapter, type Kind, story } from "./story";
import { type Model, fetchDecided } from "./wire";

const FILTERS: [Kind | "", string][] = [
  ["", "all"],
  ["step", "stages"],
  ["gate", "gates"],
  ["rollback", "rollbacks"],
];
const STEP = 12;

function Entry({ chapter }: { chapter: Chapter }): JSX.Element {
  const { ts, title, model, what, good, why, numbers } = chapter;
  const state = good === null ? "unknown" : good ? "good" : "bad";
  return (
    <li class="chapter" data-kind={chapter.kind} data-state={state}>
      <span class="lamp" aria-hidden="true" />
      <div>
        <p class="item-head">
          <strong>{title}</strong> <span>{what}</span>
          <span class="small muted">
            model {model}, <Time ms={ts} />
          </span>
        </p>
        {why !== "" && <p>{why}</p>}
        {numbers.length > 0 && (
          <details class="numbers">
            <summary class="small muted">{count(numbers.length)} numbers</summary>
            <dl class="pairs">
              {numbers.map(([name, value]) => (
                <div key={name}>
                  <dt>{words(name)}</dt>
                  <dd title={String(value)}>{plain(Number(value.toPrecision(4)))}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </li>
  );
}

export function HistoryCard({ models, change }: { models: readonly Model[]; change: number }): JSX.Element {
  const chosen = place.value.search["history"] ?? "";
  const [limit, setLimit] = useState(STEP);
  const loaded = useLoad("models decided", fetchDecided);
  useReload(loaded, change);
  const chapters = useMemo(
    () => (loaded.data === null ? [] : story(models, loaded.data.events, loaded.data.gates)),
    [models, loaded.data],
  );
  const found = chapters.filter(({ kind }) => chosen === "" || kind === chosen);
  return (
    <Card
      title="History"
      span={7}
      more={<FilterChoice name="history" label="What is shown" options={FILTERS} />}
    >
      <Shown loaded={loaded} what="The history did not come" lines={6}>
        {() =>
          found.length === 0 ? (
            <Empty title={chapters.length === 0 ? "Nothing has been decided yet" : "Nothing of this kind has happened"} />
          ) : (
            <>
              <ol class="chapters">
                {found.slice(0, limit).map((chapter) => (
                  <Entry key={chapter.key} chapter={chapter} />
                ))}
              </ol>
              {found.length > limit && (
                <button type="button" class="more" onClick={() => setLimit(limit + STEP)}>
                  Show more: {count(limit)} of {count(found.length)}
                </button>
              )}
            </>
          )
        }
      </Shown>
    </Card>
  );
}
