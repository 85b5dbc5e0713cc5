// Live beside shadow: the running score of champion and candidate on the predictions that both have made.

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { useKept, useLoad, useReload } from "../api/load";
import { count, counted, fixed } from "../format";
import { Card } from "../parts/card";
import { Choice } from "../parts/choice";
import { lazy } from "../parts/lazy";
import { Empty, Shown } from "../parts/states";
import { place, setSearch } from "../route";
import type { Standing } from "./scopes";
import { type Scores, fetchScores, titleOf } from "./wire";

const ScoresChart = lazy(async () => (await import("../charts/scores-chart")).ScoresChart);

const LOSSES = {
  brier: { name: "Brier score", base: 0.25 },
  log_loss: { name: "log loss", base: Math.log(2) },
} as const;

type Loss = keyof typeof LOSSES;

function Drawn({ scores, names, loss }: { scores: Scores; names: readonly string[]; loss: Loss }): JSX.Element {
  const { name, base } = LOSSES[loss];
  const lines = useMemo(
    () => scores.curves.map((curve, index) => ({ name: names[index] ?? `model ${curve.model}`, value: curve[loss] })),
    [scores, names.join(), loss],
  );
  if (scores.shared === 0)
    return (
      <Empty title="No prediction has met its truth yet">
        <p>A prediction is scored when the bar that it is about has closed; with two models, once both have made it.</p>
      </Empty>
    );
  const said = lines.map(({ name: model, value }) => `${model}: ${fixed(value.at(-1), 4)}`).join("; ");
  return (
    <>
      <ScoresChart
        ts={scores.ts}
        lines={lines}
        base={base}
        label={`Running mean of the ${name} over ${count(scores.shared)} predictions. ${said}. Knowing nothing gives ${fixed(base, 3)}; lower is better.`}
      />
      <p class="small muted">
        Running mean over {counted(scores.shared, "prediction")}
        {lines.length > 1 && " that both have made"}, whose truth is known. Lower is better.
      </p>
    </>
  );
}

export function SideBySide({ standing, change }: { standing: Standing; change: number }): JSX.Element {
  const chosen: Loss = place.value.search["loss"] === "log_loss" ? "log_loss" : "brier";
  const models = [standing.champion, standing.candidate].flatMap((model) => (model === null ? [] : [model]));
  const ids = models.map(({ id }) => id);
  const loaded = useKept(
    useLoad(ids.length === 0 ? null : `scores ${ids.join()}`, (signal) => fetchScores(ids, signal)),
  );
  useReload(loaded, change);
  return (
    <Card
      title="Live beside shadow"
      span={12}
      more={
        <Choice
          label="Which score"
          options={(Object.keys(LOSSES) as Loss[]).map((loss) => [loss, LOSSES[loss].name] as const)}
          chosen={chosen}
          choose={(loss) => setSearch({ loss: loss === "brier" ? "" : loss })}
        />
      }
    >
      {ids.length === 0 ? (
        <Empty title="No model predicts here">
          <p>Once one decides or is tried, its score runs here.</p>
        </Empty>
      ) : (
        <Shown loaded={loaded} what="The scores did not come" lines={6}>
          {(scores) => <Drawn scores={scores} names={models.map(titleOf)} loss={chosen} />}
        </Shown>
      )}
    </Card>
  );
}
