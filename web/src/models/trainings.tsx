// Trainings: asked for by whom or what, how far they are, what they say; one more, or one less.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { useLoad, useReload, useTicker } from "../api/load";
import { age, words } from "../format";
import { now } from "../live/clock";
import { Card } from "../parts/card";
import { Command, Empty, Shown, Time } from "../parts/states";
import { CallOffDialog, RetrainDialog } from "./want";
import { type Model, type Training, fetchTrainingLog, fetchTrainings } from "./wire";

/** Trainings are done by a process of their own, of which no frame tells. */
const LOOK_MS = 3_000;

const STATES: Record<Training["status"], "good" | "bad" | "warn" | "unknown"> = {
  pending: "unknown",
  running: "warn",
  completed: "good",
  failed: "bad",
  cancelled: "unknown",
};

function Log({ training }: { training: Training }): JSX.Element {
  const running = training.status === "running";
  const loaded = useLoad(`training log ${training.id}`, (signal) => fetchTrainingLog(training.id, signal));
  useTicker(running, LOOK_MS, loaded.reload);
  return (
    <Shown loaded={loaded} what="The log did not come" lines={3}>
      {(lines) =>
        lines.length === 0 ? (
          <p class="small muted">It has not said anything yet.</p>
        ) : (
          <ol class="training-log" aria-label={`Log of training ${training.id}`}>
            {lines.map(({ ts, level, message }, index) => (
              <li key={index} data-level={level}>
                <Time ms={ts} seconds /> {level !== "info" && <b>{level} </b>}
                {message}
              </li>
            ))}
          </ol>
        )
      }
    </Shown>
  );
}

/** How long it has waited, run or taken. */
function Took({ training }: { training: Training }): JSX.Element {
  const { status, ts, started_at, finished_at, not_before } = training;
  if (status === "running" && started_at !== null) return <>for {age(now.value - started_at)}</>;
  if (status === "pending")
    return (not_before ?? 0) > now.value ? (
      <>
        not before <Time ms={not_before} />
      </>
    ) : (
      <>for {age(now.value - ts)}</>
    );
  if (started_at !== null && finished_at !== null) return <>in {age(finished_at - started_at)}</>;
  return <></>;
}

function Row({
  training,
  models,
  callOff,
}: {
  training: Training;
  models: readonly Model[];
  callOff: () => void;
}): JSX.Element {
  const [open, setOpen] = useState(training.status === "running");
  const { id, line, trigger, why, status, attempt, model, error, ts } = training;
  const made = models.find((one) => one.id === model) ?? null;
  return (
    <li class="chapter" data-state={STATES[status]} data-training={id}>
      <span class="lamp" aria-hidden="true" />
      <div>
        <p class="item-head">
          <strong>{line}</strong>
          <span>
            {status} <Took training={training} />
          </span>
          <span class="small muted">
            {words(trigger)}, <Time ms={ts} />
            {attempt > 1 && `, attempt ${attempt}`}
          </span>
        </p>
        <p>{why}</p>
        {made !== null && (
          <p class="small">
            made <a href={`/models?model=${made.id}`}>{`${made.name} ${made.version}`}</a>, which is {made.stage}
          </p>
        )}
        {error !== null && <p class={`small ${status === "failed" ? "field-error" : "muted"}`}>{error}</p>}
        <p class="item-foot small">
          <button type="button" class="bare" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide the log" : "Log"}
          </button>
          {(status === "pending" || status === "running") && (
            <button type="button" class="bare" onClick={callOff}>
              Call off
            </button>
          )}
        </p>
        {open && <Log training={training} />}
      </div>
    </li>
  );
}

export function TrainingsCard({
  models,
  change,
  changed,
}: {
  models: readonly Model[];
  change: number;
  /** A training has ended, so that there may be a new model. */
  changed: () => void;
}): JSX.Element {
  const [asked, setAsked] = useState<"new" | Training | null>(null);
  const loaded = useLoad("trainings", fetchTrainings);
  useReload(loaded, change);
  const active = (loaded.data?.rows ?? []).some(({ status }) => status === "pending" || status === "running");
  useTicker(active, LOOK_MS, loaded.reload);
  // Seen to have ended: what it has made stands in the other cards only from now on.
  const over = loaded.data?.rows.filter(({ finished_at }) => finished_at !== null).length;
  const known = useRef(over);
  useEffect(() => {
    if (known.current !== undefined && known.current !== over) changed();
    known.current = over;
  }, [over]);
  const names = [...new Set(models.map(({ name }) => name))];
  const done = (): void => loaded.reload();
  return (
    <Card
      title="Trainings"
      span={5}
      more={
        names.length > 0 && (
          <button type="button" onClick={() => setAsked("new")}>
            Retrain now
          </button>
        )
      }
    >
      <Shown loaded={loaded} what="The trainings did not come" lines={4}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title="No training has been asked for yet">
              <p>Each one stands here with who or what asked for it, why, and what it says. At once, by hand:</p>
              <Command text={`mem train ${names[0] ?? "trend"} --timeframe ${models[0]?.scope.timeframe ?? "1h"}`} />
            </Empty>
          ) : (
            <ol class="chapters">
              {rows.map((training) => (
                <Row key={training.id} training={training} models={models} callOff={() => setAsked(training)} />
              ))}
            </ol>
          )
        }
      </Shown>
      {asked === "new" && <RetrainDialog names={names} done={done} close={() => setAsked(null)} />}
      {asked !== null && asked !== "new" && (
        <CallOffDialog training={asked} done={done} close={() => setAsked(null)} />
      )}
    </Card>
  );
}
