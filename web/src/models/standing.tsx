// Who decides, and how the candidate beside it is doing.

import type { JSX } from "preact";

import { useKept, useLoad, useReload } from "../api/load";
import { count, counted, fixed, percent, percentChange, signed, tone, words } from "../format";
import { Empty, Time } from "../parts/states";
import { setSearch } from "../route";
import { type Progress, type Standing, bounded, progressOf } from "./scopes";
import { type Model, type Score, fetchScores, titleOf } from "./wire";

/** Opens a model. */
export function ModelLink({ model }: { model: Pick<Model, "id" | "name" | "version"> }): JSX.Element {
  const address = `/models?model=${model.id}`;
  return (
    <a
      href={address}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        setSearch({ model: String(model.id) }, "push");
      }}
    >
      {titleOf(model)}
    </a>
  );
}

function Figures({ score, earned }: { score: Score | null; earned: Earned | null }): JSX.Element {
  const known = score !== null && score.count > 0;
  return (
    <dl class="headline">
      <div title={known ? `${score.brier}, over ${count(score.count)} predictions; knowing nothing is 0.25` : undefined}>
        <dt>live Brier score</dt>
        <dd>{fixed(known ? score.brier : null, 4)}</dd>
      </div>
      <div title={known ? `${score.log_loss}; knowing nothing is 0.693` : undefined}>
        <dt>live log loss</dt>
        <dd>{fixed(known ? score.log_loss : null, 4)}</dd>
      </div>
      <div title={known && score.accuracy !== null ? `${score.accuracy * 100} %` : undefined}>
        <dt>right</dt>
        <dd>{percent(known && score.accuracy !== null ? score.accuracy * 100 : null, 1)}</dd>
      </div>
      <div title={earned === null ? "No trade of its own is known yet" : `mean return after costs of ${count(earned.trades)} trades`}>
        <dt>P&amp;L a trade, after costs{earned === null ? "" : `, ${counted(earned.trades, "trade")}`}</dt>
        <dd class={tone(earned?.mean)}>{percentChange(earned === null ? null : earned.mean * 100, 3)}</dd>
      </div>
    </dl>
  );
}

interface Earned {
  trades: number;
  /** A fraction of what was put in. */
  mean: number;
}

function earned({ rollout }: Standing, who: "champion" | "candidate", model: Model): Earned | null {
  if (rollout?.[who]?.id !== model.id) return null;
  const mean = rollout.numbers[`${who}_return`];
  const trades = rollout.numbers[`${who}_trades`];
  return mean === undefined || trades === undefined || trades === 0 ? null : { trades, mean };
}

const PHASES = ["shadow", "canary", "full"] as const;

/** Shadow, canary with its share, full: where the candidate is. */
function Phases({ phase, share }: { phase: string; share: number }): JSX.Element {
  const at = PHASES.indexOf(phase as (typeof PHASES)[number]);
  return (
    <ol class="phases" aria-label="How far it has come">
      {PHASES.map((one, index) => (
        <li key={one} data-done={index < at} aria-current={index === at ? "step" : undefined}>
          {one === "canary" && index === at ? `canary, ${percent(share * 100, 0)} of signals` : one}
        </li>
      ))}
    </ol>
  );
}

const WORDS = { good: "within the margin: it may go on", bad: "beyond the margin: it is taken back", open: "not known yet" };

/** The bounds on how much worse it is, beside what is allowed. */
function Bounds({ progress }: { progress: Progress }): JSX.Element | null {
  const { worse, margin } = progress;
  if (worse === null || margin === null) return null;
  const state = bounded(progress);
  // Four margins to each side; what lies beyond ends at the edge.
  const at = (value: number): number => 50 + Math.max(-50, Math.min(50, (value / (4 * margin)) * 50));
  const [from, to] = [at(worse.lower), at(worse.upper)];
  return (
    <div class="bounds" data-state={state}>
      <p>
        Its Brier score is worse by <b>{signed(worse.lower, 4)}</b> to <b>{signed(worse.upper, 4)}</b>; allowed is{" "}
        {signed(margin, 4)}: {WORDS[state]}.
      </p>
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label={`From ${worse.lower} to ${worse.upper}, allowed ${margin}`}>
        <rect class="allowed" x="0" y="0" width={at(margin)} height="10" />
        <line class="zero" x1="50" x2="50" y1="0" y2="10" />
        <rect class="span" x={from} y="3" width={Math.max(1, to - from)} height="4" />
        <line class="margin" x1={at(margin)} x2={at(margin)} y1="0" y2="10" />
      </svg>
      <p class="small muted ends" aria-hidden="true">
        <span>better</span>
        <span>worse</span>
      </p>
    </div>
  );
}

function Candidate({ standing, model, score }: { standing: Standing; model: Model; score: Score | null }): JSX.Element {
  const { rollout } = standing;
  const progress = progressOf(standing);
  const phase = progress === null ? model.stage : (rollout?.phase ?? model.stage);
  return (
    <section class="seat" aria-label="Candidate">
      <h3>
        <span class="muted">Candidate</span> <ModelLink model={model} />
      </h3>
      <Phases phase={phase} share={rollout?.share ?? 0} />
      <Figures score={score} earned={earned(standing, "candidate", model)} />
      {progress === null ? (
        <p class="muted">No engine has said yet how it does: it predicts once `mem run` or `mem demo` uses these models.</p>
      ) : (
        <>
          <div class="meter">
            <span class="name">predictions whose truth is known, in this stage</span>
            <span class="number">
              {count(progress.samples)}
              {progress.wanted === null ? "" : ` of ${count(progress.wanted)} at least`}
            </span>
            {progress.wanted !== null && (
              <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect class="track" width="100" height="4" />
                <rect class="fill" width={Math.min(100, (progress.samples / progress.wanted) * 100)} height="4" />
              </svg>
            )}
          </div>
          <Bounds progress={progress} />
        </>
      )}
    </section>
  );
}

/** One scope: champion and candidate side by side. */
export function StandingCard({ standing, change }: { standing: Standing; change: number }): JSX.Element {
  const { scope, champion, candidate, rollout } = standing;
  const ids = [champion, candidate].flatMap((model) => (model === null ? [] : [model.id]));
  const scores = useKept(
    useLoad(ids.length === 0 ? null : `scores ${ids.join()}`, (signal) => fetchScores(ids, signal)),
  );
  useReload(scores, change);
  const scoreOf = (model: Model): Score | null => scores.data?.models.find((one) => one.model === model.id) ?? null;
  const weights = rollout?.weights ?? null;
  return (
    <section class="card standing-card span-12">
      <header>
        <h2>{scope}</h2>
        {rollout !== null && (
          <span class="small muted">
            as of <Time ms={rollout.ts} />, the market's time
          </span>
        )}
      </header>
      {scores.error !== null && (
        <p class="small field-error" role="alert">
          Live scores did not come: {scores.error.message}
        </p>
      )}
      <div class="seats">
        <section class="seat" aria-label="Champion">
          {champion === null ? (
            <Empty title="No model decides here">
              <p>The strategy's rules decide alone. A judged model can be promoted in the table below.</p>
            </Empty>
          ) : (
            <>
              <h3>
                <span class="muted">Decides</span> <ModelLink model={champion} />
              </h3>
              <p class="small muted">
                {words(champion.kind)}, since <Time ms={champion.promoted_at} />
              </p>
              <Figures score={scoreOf(champion)} earned={earned(standing, "champion", champion)} />
              {weights !== null && (
                <p class="small muted">
                  Weights now: rules {percent(weights[0]! * 100, 0)}, model {percent(weights[1]! * 100, 0)}, memory{" "}
                  {percent(weights[2]! * 100, 0)}.
                </p>
              )}
            </>
          )}
        </section>
        {candidate === null ? (
          <section class="seat" aria-label="Candidate">
            <Empty title="No candidate is tried">
              <p>A model that passes its gate goes into the shadow here: it predicts, and nobody listens.</p>
            </Empty>
          </section>
        ) : (
          <Candidate standing={standing} model={candidate} score={scoreOf(candidate)} />
        )}
      </div>
      {rollout !== null && rollout.why !== "" && (
        <p class="verdict">
          <strong>Verdict:</strong> {rollout.why}
        </p>
      )}
    </section>
  );
}
