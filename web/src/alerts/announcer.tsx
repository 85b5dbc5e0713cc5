// Says new alerts to screen readers, on every page: the red ones at once, the others when there is a pause.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { kindText, news } from "./filter";
import type { Alert } from "../api/records";

function sentence({ severity, kind, subject, message }: Alert): string {
  return `${severity} alert: ${kindText(kind)}${subject === "" ? "" : `, ${subject}`}. ${message}`;
}

/** `active` is null until alerts have come; what holds already then is no news. */
export function Announcer({ active }: { active: readonly Alert[] | null }): JSX.Element {
  const known = useRef<Map<number, string> | null>(null);
  const [said, setSaid] = useState<{ red: string; other: string }>({ red: "", other: "" });
  useEffect(() => {
    if (active === null) return;
    if (known.current !== null) {
      const fresh = news(known.current, active);
      if (fresh.length > 0) {
        const text = (red: boolean): string =>
          fresh
            .filter(({ severity }) => (severity === "red") === red)
            .map(sentence)
            .join(" ");
        setSaid({ red: text(true), other: text(false) });
      }
    }
    known.current = new Map(active.map(({ id, severity }) => [id, severity]));
  }, [active]);
  return (
    <div class="unseen">
      <p aria-live="assertive">{said.red}</p>
      <p aria-live="polite">{said.other}</p>
    </div>
  );
}
