// One model, beside the table: where it comes from, what was measured, its life, its card.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { bytes, count, plain, utcDate, words } from "../format";
import { useKeys } from "../keys";
import { Icon } from "../parts/icons";
import { Time } from "../parts/states";
import { ModelLink } from "./standing";
import { lineage } from "./story";
import { Actions, StageBadge } from "./versions";
import { type Model, type Wanted, cardAddress, titleOf } from "./wire";

function Facts({ model }: { model: Model }): JSX.Element {
  const facts: [string, JSX.Element | string][] = [
    ["Stage", <StageBadge stage={model.stage} />],
    ["Kind", words(model.kind)],
    ["Predicts", model.scope.words],
    ["Features", model.features],
    ["Trained on", `${utcDate(model.trained_from)} – ${utcDate(model.trained_to)}`],
    ["Rows", count(model.rows)],
    ["Data", <code title={model.data_fingerprint}>{model.data_fingerprint.slice(0, 12)}</code>],
    ["File", model.sha256 === null ? "none yet" : <code title={model.sha256}>{model.sha256.slice(0, 12)}</code>],
    ["Size", bytes(model.bytes)],
    ["Seed", String(model.seed)],
    ["Program", model.code_version],
    ["Created", <Time ms={model.created_at} />],
  ];
  return (
    <dl class="facts-grid">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Lineage({ line }: { line: readonly Model[] }): JSX.Element {
  return (
    <section class="drawer-part">
      <h3>Lineage</h3>
      <ol class="lineage">
        {line.map((model, index) => (
          <li key={model.id}>
            {index === 0 ? <strong>{titleOf(model)}</strong> : <ModelLink model={model} />}{" "}
            <span class="small muted">
              model {model.id}, {model.stage}, {utcDate(model.trained_from)} – {utcDate(model.trained_to)}
            </span>
          </li>
        ))}
      </ol>
      <p class="small muted">{line.length === 1 ? "It has no predecessor." : "Each was made to succeed the one below."}</p>
    </section>
  );
}

function Life({ model }: { model: Model }): JSX.Element {
  return (
    <section class="drawer-part">
      <h3>Its life</h3>
      <ol class="events small">
        {model.history.map(({ ts, from, to, why }, index) => (
          <li key={index}>
            <Time ms={ts} /> <b>{from}</b> → <b>{to}</b> <span class="muted">{why}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function ModelDrawer({
  model,
  models,
  want,
  close,
}: {
  model: Model;
  models: readonly Model[];
  want: (wanted: Wanted) => void;
  close: () => void;
}): JSX.Element {
  const element = useRef<HTMLElement>(null);
  useEffect(() => element.current?.focus(), [model.id]);
  useKeys({ Escape: close });
  const measured = Object.entries(model.metrics).sort(([a], [b]) => a.localeCompare(b));
  return (
    <aside ref={element} class="drawer model-drawer" tabIndex={-1} aria-label={`Model ${titleOf(model)}`}>
      <header>
        <h2>
          {titleOf(model)} <span class="small muted">model {model.id}</span>
        </h2>
        <button type="button" class="bare" aria-label="Close" title="Close (Esc)" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">
        <Actions model={model} want={want} />
        <Facts model={model} />
        <Lineage line={lineage(models, model.id)} />
        <section class="drawer-part">
          <h3>Model card</h3>
          {model.has_card ? (
            <>
              <p>
                <a href={cardAddress(model.id)} target="_blank" rel="noopener">
                  Open in a tab <Icon name="open" size={14} />
                </a>
              </p>
              <iframe class="model-card" title={`Card of ${titleOf(model)}`} src={cardAddress(model.id)} loading="lazy" />
            </>
          ) : (
            <p class="muted">There is no card: one is written when a model is trained here.</p>
          )}
        </section>
        <section class="drawer-part">
          <h3>Measured</h3>
          {measured.length === 0 ? (
            <p class="muted">Nothing was measured.</p>
          ) : (
            <dl class="pairs">
              {measured.map(([name, value]) => (
                <div key={name}>
                  <dt>{words(name)}</dt>
                  <dd title={String(value)}>{plain(Number(value.toPrecision(4)))}</dd>
                </div>
              ))}
            </dl>
          )}
        </section>
        <Life model={model} />
      </div>
    </aside>
  );
}
