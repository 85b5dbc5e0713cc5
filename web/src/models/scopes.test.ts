import { expect, test } from "vitest";

import { bounded, progressOf, standings } from "./scopes";
import type { Model, Rollout, Stage } from "./wire";

const model = (id: number, stage: Stage, symbols: string[]): Model =>
  ({ id, stage, scope: { symbols, timeframe: "1h", words: symbols.join(" and ") } }) as unknown as Model;

const rollout = (symbols: string[], candidate: number, numbers: Record<string, number>): Rollout =>
  ({ symbols, timeframe: "1h", champion: null, candidate: { id: candidate, title: "" }, numbers }) as unknown as Rollout;

test("a scope has who decides, who is tried and what was said of the two; where one decides comes first", () => {
  const models = [model(4, "archived", ["C"]), model(3, "shadow", ["A", "B"]), model(2, "production", ["A", "B"])];
  const [first, second] = standings(models, [rollout(["A", "B"], 3, {}), rollout(["C"], 9, {})]);
  expect([first?.champion?.id, first?.candidate?.id, first?.rollout?.candidate?.id]).toEqual([2, 3, 3]);
  // What was said of a model that is not there is not said of this scope.
  expect([second?.scope, second?.champion, second?.rollout]).toEqual(["C", null, null]);
});

test("progress is that of the candidate it was measured of, and bounds are told in words only when known", () => {
  const numbers = { samples: 5, min_samples: 10, brier_difference_lower: -0.1, brier_difference_upper: 0.01, brier_margin: 0.02 };
  const [standing] = standings([model(3, "canary", ["A"])], [rollout(["A"], 3, numbers)]);
  const progress = progressOf(standing!)!;
  expect(progress).toEqual({ samples: 5, wanted: 10, worse: { lower: -0.1, upper: 0.01 }, margin: 0.02 });
  expect(bounded(progress)).toBe("good");
  expect(bounded({ ...progress, worse: { lower: 0.03, upper: 0.5 } })).toBe("bad");
  expect(bounded({ ...progress, worse: { lower: -0.1, upper: 0.5 } })).toBe("open");
  expect(bounded({ ...progress, worse: null })).toBe("open");
  expect(progressOf({ ...standing!, candidate: model(8, "shadow", ["A"]) })).toBeNull();
});
