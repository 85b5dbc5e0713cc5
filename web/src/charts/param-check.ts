// Checks what was typed for a parameter against what the indicator takes.

import type { Param } from "../api/types";

/** What is wrong with a value; null if nothing is. */
export function paramTrouble(param: Param, text: string): string | null {
  if (param.kind === "choice") {
    return param.options?.includes(text) === true ? null : `one of ${param.options?.join(", ") ?? "its options"}`;
  }
  const value = Number(text);
  const range = rangeText(param);
  if (text.trim() === "" || !Number.isFinite(value)) return `a number ${range}`.trim();
  if (param.kind === "int" && !Number.isInteger(value)) return `a whole number ${range}`.trim();
  if ((param.min !== null && value < param.min) || (param.max !== null && value > param.max)) return range;
  return null;
}

/** `from 2 to 10000`. */
export function rangeText({ min, max }: Param): string {
  const from = min === null ? "" : `from ${min}`;
  const to = max === null ? "" : `to ${max}`;
  return `${from} ${to}`.trim();
}

/** The parameters that differ from their defaults, as an address holds them. */
export function changedParams(params: readonly Param[], values: Record<string, string>): Record<string, string> {
  const changed: Record<string, string> = {};
  for (const param of params) {
    const text = values[param.name]?.trim() ?? "";
    const same = param.kind === "choice" ? text === param.default : Number(text) === param.default;
    if (text !== "" && !same) changed[param.name] = param.kind === "choice" ? text : String(Number(text));
  }
  return changed;
}
