// MODELS: who decides, how the candidate does, what there is, whether the market has moved away, what was decided, trainings.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { useLoad, useReload } from "../api/load";
import { count } from "../format";
import { useFrames } from "../live/live";
import { Card } from "../parts/card";
import { Choice } from "../parts/choice";
import { Command, Empty, Shown } from "../parts/states";
import { place, setSearch } from "../route";
import "../styles/health.css";
import "../styles/models.css";
import { DriftCard } from "./drift-map";
import { ModelDrawer } from "./drawer";
import { HistoryCard } from "./history";
import { standings } from "./scopes";
import { SideBySide } from "./side-by-side";
import { StandingCard } from "./standing";
import { TrainingsCard } from "./trainings";
import { Versions } from "./versions";
import { WantDialog } from "./want";
import { type Model, type Rollout, type Wanted, fetchModels, fetchRollouts } from "./wire";

const GATHER_MS = 1_000;

function None(): JSX.Element {
  return (
    <Empty title="There are no models yet">
      <p>
        A model learns from stored candles, is judged on rows that it has not seen, and decides only once somebody says so.
        Train one, read its card, let it decide:
      </p>
      <Command text="mem train trend --symbols BTC-USDT --timeframe 1h" />
      <Command text='mem models promote trend --why "its card convinces"' />
      <p>
        What is on record is listed by <code>mem models list</code>. Afterwards everything about them stands here.
      </p>
    </Empty>
  );
}

function All({
  models,
  rollouts,
  change,
  changed,
}: {
  models: readonly Model[];
  rollouts: readonly Rollout[];
  change: number;
  changed: () => void;
}): JSX.Element {
  const { search } = place.value;
  const [asked, setAsked] = useState<{ model: Model; wanted: Wanted } | null>(null);
  if (models.length === 0) return <None />;
  const all = standings(models, rollouts);
  const focus = all.find(({ scope }) => scope === search["scope"]) ?? all[0]!;
  const open = models.find(({ id }) => String(id) === search["model"]) ?? null;
  const close = (): void => setSearch({ model: "" }, "push");
  return (
    <>
      {all.length > 1 && (
        <Choice
          label="For whom"
          options={all.map(({ scope }) => [scope, scope] as const)}
          chosen={focus.scope}
          choose={(scope) => setSearch({ scope: scope === all[0]!.scope ? "" : scope })}
        />
      )}
      <div class="grid">
        <StandingCard key={focus.scope} standing={focus} change={change} />
        <SideBySide key={`scores ${focus.scope}`} standing={focus} change={change} />
        <Card title="Versions" span={12} more={<span class="small muted">{count(models.length)}</span>}>
          <Versions
            models={models}
            open={open?.id ?? null}
            want={(model, wanted) => setAsked({ model, wanted })}
          />
        </Card>
        <DriftCard key={`drift ${focus.scope}`} standing={focus} change={change} />
        <HistoryCard models={models} change={change} />
        <TrainingsCard models={models} change={change} changed={changed} />
      </div>
      {open !== null && (
        <ModelDrawer
          model={open}
          models={models}
          want={(wanted) => setAsked({ model: open, wanted })}
          close={close}
        />
      )}
      {asked !== null && (
        <WantDialog {...asked} models={models} done={changed} close={() => setAsked(null)} />
      )}
    </>
  );
}

export function ModelsPage(): JSX.Element {
  const [change, setChange] = useState(0);
  const changed = (): void => setChange((number) => number + 1);
  const models = useLoad("models", fetchModels);
  const rollouts = useLoad("rollouts", fetchRollouts);
  useReload(models, change);
  useReload(rollouts, change);
  // A fast replay tells of many predictions a second: they are looked at together.
  const planned = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => clearTimeout(planned.current ?? undefined), []);
  useFrames("models", null, true, (type) => {
    if (type !== "delta" || planned.current !== null) return;
    planned.current = setTimeout(() => {
      planned.current = null;
      changed();
    }, GATHER_MS);
  });
  return (
    <section class="plain models">
      <header class="page-head">
        <h1>Models</h1>
      </header>
      <Shown loaded={rollouts} what="How candidates stand did not come" lines={2}>
        {() => null}
      </Shown>
      <Shown loaded={models} what="The models did not come" lines={10}>
        {(data) => <All models={data} rollouts={rollouts.data ?? []} change={change} changed={changed} />}
      </Shown>
    </section>
  );
}
