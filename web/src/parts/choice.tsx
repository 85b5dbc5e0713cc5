// One of a few, as buttons side by side.

import type { JSX } from "preact";

import { place, setSearch } from "../route";

/** Values, each with its words. */
export type Options<T extends string = string> = readonly (readonly [value: T, words: string])[];

/** One of a few; whoever shows it knows which. */
export function Choice<T extends string>({
  label,
  options,
  chosen,
  choose,
}: {
  /** What is chosen, for those who hear it. */
  label: string;
  options: Options<T>;
  chosen: T | null;
  choose: (value: T) => void;
}): JSX.Element {
  return (
    <div class="chips" role="group" aria-label={label}>
      {options.map(([value, words]) => (
        <button key={value} type="button" aria-pressed={chosen === value} onClick={() => choose(value)}>
          {words}
        </button>
      ))}
    </div>
  );
}

/** A filter that stands in the address under its name; nothing stands there for the empty value, which is "all". */
export function FilterChoice({
  name,
  label,
  options,
  clears = {},
}: {
  name: string;
  label: string;
  options: Options;
  /** What else is in the address and gives way to a choice. */
  clears?: Record<string, "">;
}): JSX.Element {
  return (
    <Choice
      label={label}
      options={options}
      chosen={place.value.search[name] ?? ""}
      choose={(value) => setSearch({ ...clears, [name]: value })}
    />
  );
}
