// The figures of a run that matter most.

import type { JSX } from "preact";

import type { Headline } from "../api/types";
import { UNKNOWN, arrow, count, fixed, percent, percentChange, plain, tone } from "../format";

/** Figures whose sign is good or bad news: changes of money. Rates and shares have none. */
function isChange(label: string): boolean {
  return /return|drawdown|profit(?! factor)|p&l|cagr|a year/i.test(label);
}

/** A figure as text. */
export function headlineText({ label, value, unit, text }: Headline): string {
  if (unit === "text") return text ?? UNKNOWN;
  if (value === null) return text ?? UNKNOWN;
  if (unit === "%") return isChange(label) ? percentChange(value) : percent(value);
  if (unit === "count") return count(value);
  if (unit === "x") return `${fixed(value, 2)}×`;
  return fixed(value, 2);
}

/** A figure with its arrow and colour; the exact value on hover. */
export function Figure({ figure }: { figure: Headline }): JSX.Element {
  const change = figure.unit === "%" && isChange(figure.label);
  const exact = figure.value === null ? undefined : String(figure.value);
  return (
    <span class={`figure ${change ? tone(figure.value) : ""}`} title={exact}>
      {change && figure.value !== null && figure.value !== 0 && <i aria-hidden="true">{arrow(figure.value)}</i>}
      {headlineText(figure)}
    </span>
  );
}

/** Figures side by side. */
export function HeadlineRow({ figures }: { figures: Headline[] }): JSX.Element {
  return (
    <dl class="headline">
      {figures.map((figure) => (
        <div key={figure.label}>
          <dt>{figure.label}</dt>
          <dd>
            <Figure figure={figure} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A number of unknown kind in a table of settings. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === "number") return plain(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}
