// What has been typed and not saved: it outlives a visit to another page, and goes when it is saved or taken back.

import { signal } from "@preact/signals";

import { type Typed, parse, same } from "./values";
import type { Change, Config, Field } from "./wire";

/** What was typed, by the path of its setting. */
export const drafts = signal<Readonly<Record<string, string>>>({});

/** Keeps what was typed. */
export function keep(path: string, text: string): void {
  drafts.value = { ...drafts.value, [path]: text };
}

/** Forgets what was typed for one setting, or for all. */
export function forget(path?: string): void {
  if (path === undefined) drafts.value = {};
  else drafts.value = Object.fromEntries(Object.entries(drafts.value).filter(([of]) => of !== path));
}

/** One setting that somebody is changing. */
export interface Edit {
  field: Field;
  typed: Typed;
}

/** Settings whose typed value is not the one in force, in the order of the page. */
export function edits(config: Config, typed: Readonly<Record<string, string>>): Edit[] {
  const found: Edit[] = [];
  for (const field of config.sections.flatMap((section) => section.fields)) {
    const text = typed[field.path];
    if (text === undefined) continue;
    const read = parse(field, text);
    if ("problem" in read || !same(read.value, field.value)) found.push({ field, typed: read });
  }
  return found;
}

/** The changes that can be sent: those that are values. */
export function changes(found: readonly Edit[]): Change[] {
  return found.flatMap(({ field, typed }) => ("value" in typed ? [{ path: field.path, value: typed.value }] : []));
}
