// All versions: what they were trained on, what was measured, where they stand, what can be done with them.

import type { JSX } from "preact";

import { count, fixed, percentChange, tone, utcDate, words } from "../format";
import { Time } from "../parts/states";
import { ModelLink } from "./standing";
import type { Model, Wanted } from "./wire";

/** A stage in its colour, which its word repeats. */
export function StageBadge({ stage }: { stage: Model["stage"] }): JSX.Element {
  return (
    <span class="stage" data-stage={stage}>
      {stage}
    </span>
  );
}

const ACTIONS: [keyof Model["possible"], Wanted, string][] = [
  ["promote", "promote", "Promote"],
  ["roll_back", "rollback", "Roll back"],
  ["archive", "archive", "Archive"],
];

/** What can be done with a model as it stands. */
export function Actions({ model, want }: { model: Model; want: (wanted: Wanted) => void }): JSX.Element {
  return (
    <span class="actions">
      {ACTIONS.filter(([possible]) => model.possible[possible]).map(([, wanted, text]) => (
        <button key={wanted} type="button" aria-label={`${text} ${model.name} ${model.version}`} onClick={() => want(wanted)}>
          {text}
        </button>
      ))}
    </span>
  );
}

function AfterCosts({ value }: { value: number | undefined }): JSX.Element {
  const inPercent = value === undefined ? null : value * 100;
  return (
    <span class={tone(inPercent)} title={inPercent === null ? undefined : `${inPercent} %`}>
      {percentChange(inPercent)}
    </span>
  );
}

export function Versions({
  models,
  open,
  want,
}: {
  models: readonly Model[];
  /** The model that is open beside the table. */
  open: number | null;
  want: (model: Model, wanted: Wanted) => void;
}): JSX.Element {
  return (
    <div class="versions-frame scroll-x">
      <table class="versions">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Stage</th>
            <th scope="col">Kind</th>
            <th scope="col">Data</th>
            <th scope="col" class="number">
              Rows
            </th>
            <th scope="col" class="number" title="Area under the ROC curve on folds that it had not seen; 0.5 is chance">
              Fold AUC
            </th>
            <th scope="col" class="number" title="Mean logarithmic loss on those folds; 0.693 is knowing nothing">
              Log loss
            </th>
            <th scope="col" class="number" title="Mean return of a series over those folds, after costs">
              After costs
            </th>
            <th scope="col">Created</th>
            <th scope="col">
              <span class="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => {
            const { metrics } = model;
            return (
              <tr key={model.id} aria-current={open === model.id ? "true" : undefined}>
                <th scope="row">
                  <ModelLink model={model} /> <span class="small muted">{model.id}</span>
                </th>
                <td class="stage-cell">
                  <StageBadge stage={model.stage} />
                </td>
                <td>{words(model.kind)}</td>
                <td class="span" title={`${new Date(model.trained_from).toISOString()} to ${new Date(model.trained_to).toISOString()}`}>
                  {utcDate(model.trained_from)} – {utcDate(model.trained_to)}
                </td>
                <td class="number" data-label="rows">
                  {count(model.rows)}
                </td>
                <td class="number" data-label="AUC" title={String(metrics["walk.roc_auc"] ?? "not measured")}>
                  {fixed(metrics["walk.roc_auc"], 4)}
                </td>
                <td class="number" data-label="log loss" title={String(metrics["walk.log_loss"] ?? "not measured")}>
                  {fixed(metrics["walk.log_loss"], 4)}
                </td>
                <td class="number" data-label="after costs">
                  <AfterCosts value={metrics["walk.mean_return"]} />
                </td>
                <td class="span" data-label="created">
                  <Time ms={model.created_at} />
                </td>
                <td class="actions-cell">
                  <Actions model={model} want={(wanted) => want(model, wanted)} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
