// How many alerts want a look, beside the name of their page.

import type { JSX } from "preact";

import { usePart } from "../live/live";

export function AlertCount(): JSX.Element | null {
  const part = usePart("status", null, (held) =>
    held === null ? "" : `${held.data.alerts.red} ${held.data.alerts.yellow}`,
  );
  const [red = 0, yellow = 0] = part.value.split(" ").map(Number);
  if (red + yellow === 0) return null;
  return (
    <span class="alert-count" data-worst={red > 0 ? "red" : "yellow"} title={`${red} red, ${yellow} yellow`}>
      {red + yellow}
    </span>
  );
}
