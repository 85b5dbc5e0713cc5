// Choosing an indicator and its parameters.

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Indicator, Param } from "../api/types";
import { words } from "../format";
import { Dialog } from "../parts/dialog";
import { find } from "../parts/find";
import { Empty } from "../parts/states";
import type { Asked } from "./asked";
import { changedParams, paramTrouble, rangeText } from "./param-check";
import { placementOf } from "./placement";

function ParamField({
  param,
  value,
  change,
}: {
  param: Param;
  value: string;
  change: (text: string) => void;
}): JSX.Element {
  const trouble = paramTrouble(param, value);
  const id = `param-${param.name}`;
  const described = `${id}-help`;
  return (
    <div class="field">
      <label for={id}>{words(param.name)}</label>
      {param.kind === "choice" ? (
        <select
          id={id}
          value={value}
          aria-describedby={described}
          onChange={(event) => change(event.currentTarget.value)}
        >
          {param.options?.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          type="text"
          inputMode={param.kind === "int" ? "numeric" : "decimal"}
          autocomplete="off"
          value={value}
          aria-invalid={trouble !== null}
          aria-describedby={described}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
      <p
        id={described}
        class={trouble === null ? "small muted" : "field-error"}
        role={trouble === null ? undefined : "alert"}
      >
        {trouble ?? [param.doc, rangeText(param)].filter((part) => part !== "").join("; ")}
      </p>
    </div>
  );
}

function Form({
  indicator,
  start,
  submit,
  back,
}: {
  indicator: Indicator;
  start: Record<string, string>;
  submit: (asked: Asked) => void;
  back: (() => void) | null;
}): JSX.Element {
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(indicator.params.map(({ name, default: value }) => [name, start[name] ?? String(value)])),
  );
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const first = form.current?.querySelector<HTMLElement>("input, select, button.primary");
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  }, []);
  const wrong = indicator.params.some((param) => paramTrouble(param, values[param.name] ?? "") !== null);
  return (
    <form
      ref={form}
      class="indicator-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrong) submit({ name: indicator.name, params: changedParams(indicator.params, values) });
      }}
    >
      <h3>{indicator.title}</h3>
      <p class="small muted">
        {words(indicator.category)};{" "}
        {placementOf(indicator.name).pane === "price" ? "on the price" : "in a pane of its own"}
        {indicator.uses_volume && "; reads volume"}
      </p>
      {indicator.params.map((param) => (
        <ParamField
          key={param.name}
          param={param}
          value={values[param.name] ?? ""}
          change={(text) => setValues({ ...values, [param.name]: text })}
        />
      ))}
      {indicator.params.length === 0 && <p>It takes no parameters.</p>}
      <details>
        <summary>Formula and source</summary>
        <p class="small">{indicator.formula}</p>
        <p class="small muted">{indicator.source}</p>
      </details>
      <div class="buttons">
        {back !== null && (
          <button type="button" onClick={back}>
            Back
          </button>
        )}
        <button type="submit" class="primary" disabled={wrong}>
          {back === null ? "Change" : "Add"}
        </button>
      </div>
    </form>
  );
}

export function IndicatorDialog({
  indicators,
  editing,
  submit,
  close,
}: {
  indicators: readonly Indicator[];
  /** The indicator to change; null adds one. */
  editing: Asked | null;
  submit: (asked: Asked) => void;
  close: () => void;
}): JSX.Element {
  const [query, setQuery] = useState("");
  const [name, setName] = useState<string | null>(editing?.name ?? null);
  const chosen = indicators.find((indicator) => indicator.name === name);
  const groups = useMemo(() => {
    const found = find(query, indicators, ({ name, title, category }) => `${title} ${words(name)} ${words(category)}`);
    const byCategory = new Map<string, Indicator[]>();
    for (const indicator of found) {
      const group = byCategory.get(indicator.category);
      if (group === undefined) byCategory.set(indicator.category, [indicator]);
      else group.push(indicator);
    }
    return [...byCategory];
  }, [indicators, query]);
  return (
    <Dialog
      title={editing === null ? "Add an indicator" : "Change an indicator"}
      close={close}
      wide={chosen === undefined}
    >
      {chosen !== undefined ? (
        <Form
          key={chosen.name}
          indicator={chosen}
          start={editing?.name === chosen.name ? editing.params : {}}
          submit={submit}
          back={editing === null ? () => setName(null) : null}
        />
      ) : (
        <>
          <input
            type="search"
            data-first
            placeholder="RSI, moving average, volume …"
            aria-label="Search indicators"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
            onKeyDown={(event) => {
              const first = groups[0]?.[1][0];
              if (event.key === "Enter" && first !== undefined) setName(first.name);
            }}
          />
          <div class="indicator-groups">
            {groups.map(([category, list]) => (
              <section key={category}>
                <h3>{words(category)}</h3>
                {list.map((indicator) => (
                  <button
                    key={indicator.name}
                    type="button"
                    title={indicator.formula}
                    onClick={() => setName(indicator.name)}
                  >
                    {indicator.title}
                  </button>
                ))}
              </section>
            ))}
            {groups.length === 0 && <Empty title="No indicator is called that" />}
          </div>
        </>
      )}
    </Dialog>
  );
}
