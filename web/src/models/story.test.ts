import { expect, test } from "vitest";

import { lineage, numbersIn, story } from "./story";
import type { Gate, Model, ModelEvent } from "./wire";

const step = (ts: number, from: string, to: string, why: string): Model["history"][number] => ({
  ts,
  from,
  to,
  why,
  numbers: {},
});

const model = (id: number, parent: number | null, history: Model["history"]): Model =>
  ({ id, name: "trend", version: `1.0.${id}`, parent, history }) as Model;

const models = [
  model(2, 1, [step(20, "staging", "shadow", "passed"), step(30, "shadow", "canary", "as good")]),
  model(1, null, [step(10, "staging", "production", "the first"), step(40, "production", "failed", "it loses")]),
];
const event = { ts: 30, model: 2, champion: 1, event: "stage_advanced", phase: "canary", share: 0.01, why: "as good", numbers: { samples: 9 } };
const gate = { ts: 20, model: 2, against: 1, passed: true, why: "passed", numbers: { candidate: { brier: 0.24 } } };

test("what a rollout or a gate has told stands there once, with its numbers", () => {
  const told = story(models, [event as unknown as ModelEvent], [gate as unknown as Gate]);
  expect(told.map(({ title, what }) => `${title}: ${what}`)).toEqual([
    "trend 1.0.1: production → failed",
    "trend 1.0.2: canary",
    "trend 1.0.2: gate passed, against trend 1.0.1",
    "trend 1.0.1: staging → production",
  ]);
  expect(told.map(({ kind }) => kind)).toEqual(["rollback", "step", "gate", "step"]);
  expect(told[1]?.numbers).toEqual([["samples", 9]]);
});

test("numbers are found at any depth, and nothing else", () => {
  expect(numbersIn({ rows: 3, against: "x", candidate: { brier: 0.2, none: null }, list: [1] })).toEqual([
    ["rows", 3],
    ["candidate.brier", 0.2],
  ]);
});

test("a lineage ends, even where records contradict themselves", () => {
  expect(lineage(models, 2).map(({ id }) => id)).toEqual([2, 1]);
  expect(lineage([model(1, 2, []), model(2, 1, [])], 1).map(({ id }) => id)).toEqual([1, 2]);
  expect(lineage(models, 9)).toEqual([]);
});
