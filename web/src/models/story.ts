// What was decided about models, as one story: steps of their lives, stages of rollouts, gates.

import { words } from "../format";
import { type Gate, type Model, type ModelEvent, titleOf } from "./wire";

export type Kind = "step" | "gate" | "rollback";

/** Something that was decided. */
export interface Chapter {
  key: string;
  ts: number;
  model: number;
  title: string;
  kind: Kind;
  /** What happened, as in `shadow → canary`. */
  what: string;
  good: boolean | null;
  why: string;
  /** The numbers that it was decided by. */
  numbers: [string, number][];
}

/** The numbers in an object of any depth: `candidate.brier`. */
export function numbersIn(values: Record<string, unknown>, before = ""): [string, number][] {
  return Object.entries(values).flatMap(([name, value]): [string, number][] => {
    if (typeof value === "number") return [[before + name, value]];
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return numbersIn(value as Record<string, unknown>, `${before}${name}.`);
  });
}

/** Everything that was decided, the newest first. A step that a rollout took stands here once, with the rollout's words. */
export function story(models: readonly Model[], events: readonly ModelEvent[], gates: readonly Gate[]): Chapter[] {
  const titles = new Map(models.map((model) => [model.id, titleOf(model)]));
  const title = (id: number): string => titles.get(id) ?? `model ${id}`;
  const told = new Set(events.map(({ model, ts }) => `${model} ${ts}`));
  const judged = new Set(gates.map(({ model, why }) => `${model} ${why}`));
  const chapters: Chapter[] = [];
  for (const { id, history } of models) {
    history.forEach(({ ts, from, to, why, numbers }, index) => {
      if (told.has(`${id} ${ts}`) || judged.has(`${id} ${why}`)) return;
      chapters.push({
        key: `step ${id} ${index}`,
        ts,
        model: id,
        title: title(id),
        kind: from === "production" && to === "failed" ? "rollback" : "step",
        what: `${from} → ${to}`,
        good: to === "production" ? true : to === "failed" ? false : null,
        why,
        numbers: numbersIn(numbers),
      });
    });
  }
  events.forEach(({ ts, model, event, phase, why, numbers }, index) => {
    const back = event === "deployment_rollback";
    chapters.push({
      key: `event ${model} ${ts} ${index}`,
      ts,
      model,
      title: title(model),
      kind: back ? "rollback" : "step",
      what: back ? "taken back" : words(phase),
      good: back ? false : event === "promoted_to_production" ? true : null,
      why,
      numbers: numbersIn(numbers),
    });
  });
  gates.forEach(({ ts, model, against, passed, why, numbers }, index) => {
    chapters.push({
      key: `gate ${model} ${ts} ${index}`,
      ts,
      model,
      title: title(model),
      kind: "gate",
      what: `gate ${passed ? "passed" : "not passed"}${against === null ? "" : `, against ${title(against)}`}`,
      good: passed,
      why,
      numbers: numbersIn(numbers),
    });
  });
  // Of one time, what was written later is newer.
  return chapters.reverse().sort((a, b) => b.ts - a.ts);
}

/** A model and those that it descends from, itself first. */
export function lineage(models: readonly Model[], id: number): Model[] {
  const line: Model[] = [];
  for (let at: number | null = id; at !== null; ) {
    const model: Model | undefined = models.find((one) => one.id === at);
    if (model === undefined || line.includes(model)) break;
    line.push(model);
    at = model.parent;
  }
  return line;
}
