// What this browser shows and how: theme, colours of gain and loss, the name for the records.

import type { JSX } from "preact";

import { arrow } from "../format";
import { type Choice, type Colours, colours, themeChoice } from "../theme";
import { Dialog } from "./dialog";
import { remember, who } from "./who";

const THEMES: [Choice, string][] = [
  ["system", "as the system"],
  ["light", "light"],
  ["dark", "dark"],
];

const PAIRS: [Colours, string][] = [
  ["green-red", "green and red"],
  ["blue-orange", "blue and orange, for who cannot tell red from green"],
];

function Choices<T extends string>({
  name,
  title,
  values,
  value,
  set,
}: {
  name: string;
  title: string;
  values: [T, string][];
  value: T;
  set: (value: T) => void;
}): JSX.Element {
  return (
    <fieldset>
      <legend>{title}</legend>
      {values.map(([one, text]) => (
        <label key={one} class="check">
          <input type="radio" name={name} value={one} checked={one === value} onChange={() => set(one)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

export function Settings({ close }: { close: () => void }): JSX.Element {
  return (
    <Dialog title="Settings of this browser" close={close}>
      <div class="settings-form">
        <Choices
          name="theme"
          title="Theme"
          values={THEMES}
          value={themeChoice.value}
          set={(value) => {
            themeChoice.value = value;
          }}
        />
        <Choices
          name="colours"
          title="Gain and loss"
          values={PAIRS}
          value={colours.value}
          set={(value) => {
            colours.value = value;
          }}
        />
        <p>
          It looks like this: <span class="gain">{arrow(1)} +12.50</span>, <span class="loss">{arrow(-1)} −12.50</span>
        </p>
        <label>
          <span class="small muted">Your name, for the records of what you change and acknowledge</span>
          <input
            name="who"
            autocomplete="off"
            maxLength={100}
            placeholder="dashboard"
            value={who.value}
            onInput={(event) => remember(event.currentTarget.value)}
          />
        </label>
      </div>
    </Dialog>
  );
}
