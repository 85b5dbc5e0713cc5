// One setting: its name, what it means, the field to change it, and where its value comes from.

import type { JSX } from "preact";

import { words } from "../format";
import { WHEN } from "./consequence";
import { drafts, forget, keep } from "./drafts";
import { asText, parse, rangeText, same, shown } from "./values";
import type { Field } from "./wire";

const SOURCES: Record<Field["source"], string> = {
  default: "default",
  "mem.toml": "from mem.toml",
  saved: "saved here",
  env: "from the environment",
  flag: "from the command line",
};

function Control({
  field,
  text,
  wrong,
  suggestions,
}: {
  field: Field;
  text: string;
  wrong: boolean;
  suggestions: readonly string[];
}): JSX.Element {
  const common = {
    id: field.path,
    name: field.path,
    "aria-invalid": wrong,
    "aria-describedby": `${field.path}-doc${wrong ? ` ${field.path}-wrong` : ""}`,
  };
  const typed = (event: { currentTarget: { value: string } }): void => keep(field.path, event.currentTarget.value);
  if (field.kind === "bool") {
    return (
      <input
        {...common}
        type="checkbox"
        role="switch"
        checked={text === "true"}
        onChange={(event) => keep(field.path, String(event.currentTarget.checked))}
      />
    );
  }
  if (field.kind === "choice") {
    return (
      <select {...common} value={text} onChange={typed}>
        {field.options?.map((option) => (
          <option key={option} value={option}>
            {words(option)}
          </option>
        ))}
      </select>
    );
  }
  const numeric = field.kind === "float" || field.kind === "int";
  const list = suggestions.length === 0 ? undefined : `${field.path}-list`;
  return (
    <>
      <input
        {...common}
        type="text"
        list={list}
        class={numeric ? "number" : ""}
        inputMode={numeric ? "decimal" : "text"}
        autocomplete="off"
        spellcheck={false}
        placeholder={field.kind === "list" ? "none" : ""}
        value={text}
        onInput={typed}
      />
      {list !== undefined && (
        <datalist id={list}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** `refused` is what the server says against the typed value; `suggestions` are values that one may want. */
export function FieldRow({
  field,
  refused,
  suggestions,
}: {
  field: Field;
  refused: string | null;
  suggestions: readonly string[];
}): JSX.Element {
  const draft = drafts.value[field.path];
  const text = draft ?? asText(field.value);
  const read = parse(field, text);
  const changed = draft !== undefined && ("problem" in read || !same(read.value, field.value));
  const problem = "problem" in read ? `Expected ${read.problem}.` : changed ? refused : null;
  const range = rangeText(field);
  const standard = same(field.value, field.default) ? null : shown(field.default);
  return (
    <div class="setting" data-path={field.path} data-changed={changed}>
      <label for={field.path}>
        {words(field.name)}
        {changed && (
          <span class="badge changed" title={`In force: ${shown(field.value)}`}>
            changed
          </span>
        )}
      </label>
      <div class="setting-input">
        <Control field={field} text={text} wrong={problem !== null} suggestions={suggestions} />
        {field.unit !== null && <span class="muted small unit">{field.unit}</span>}
        {changed && (
          <button type="button" class="bare small" onClick={() => forget(field.path)}>
            back to {shown(field.value)}
          </button>
        )}
      </div>
      <p class="small muted" id={`${field.path}-doc`}>
        {field.doc}{" "}
        <span class="facts">
          {[
            range,
            standard === null ? null : `default ${standard}`,
            SOURCES[field.source],
            `counts ${WHEN[field.live]}`,
          ]
            .filter((fact) => fact !== null)
            .join(" · ")}
        </span>
      </p>
      {problem !== null && (
        <p class="field-error" id={`${field.path}-wrong`} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
