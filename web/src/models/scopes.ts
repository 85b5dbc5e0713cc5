// Who decides and who is tried, scope by scope.

import type { Model, Rollout } from "./wire";

/** A scope with its champion, its candidate, and what was last said of the two. */
export interface Standing {
  /** What is predicted, and for whom, in words. */
  scope: string;
  champion: Model | null;
  candidate: Model | null;
  rollout: Rollout | null;
}

/** Every scope in which a model decides, is tried, or waits for it; where one decides first. */
export function standings(models: readonly Model[], rollouts: readonly Rollout[]): Standing[] {
  const scopes = new Map<string, Model[]>();
  for (const model of models) {
    const known = scopes.get(model.scope.words);
    if (known === undefined) scopes.set(model.scope.words, [model]);
    else known.push(model);
  }
  const all = [...scopes].map(([scope, own]): Standing => {
    const { symbols, timeframe } = own[0]!.scope;
    const ids = new Set(own.map(({ id }) => id));
    const champion = own.find(({ stage }) => stage === "production") ?? null;
    const tried = own.find(({ stage }) => stage === "canary") ?? own.find(({ stage }) => stage === "shadow") ?? null;
    const said = rollouts.find(
      (rollout) =>
        rollout.timeframe === timeframe &&
        rollout.symbols.join() === symbols.join() &&
        [rollout.champion, rollout.candidate].every((seated) => seated === null || ids.has(seated.id)),
    );
    return { scope, champion, candidate: tried, rollout: said ?? null };
  });
  const rank = ({ champion, candidate }: Standing): number => (champion !== null ? 0 : candidate !== null ? 1 : 2);
  return all.sort((a, b) => rank(a) - rank(b));
}

/** How far a candidate is in its stage. */
export interface Progress {
  /** Predictions whose truth is known in this stage. */
  samples: number;
  /** Fewest that are wanted; null where that is not known. */
  wanted: number | null;
  /** How much worse its Brier score may be, between these bounds; null without a sample. */
  worse: { lower: number; upper: number } | null;
  /** How much worse it may be. */
  margin: number | null;
}

/** What a rollout's numbers say of the candidate; null where they are of another one. */
export function progressOf({ candidate, rollout }: Standing): Progress | null {
  if (rollout === null || candidate === null || rollout.candidate?.id !== candidate.id) return null;
  const number = (name: string): number | null => rollout.numbers[name] ?? null;
  const samples = number("samples") ?? 0;
  const [lower, upper] = [number("brier_difference_lower"), number("brier_difference_upper")];
  return {
    samples,
    wanted: number("min_samples"),
    worse: samples > 0 && lower !== null && upper !== null ? { lower, upper } : null,
    margin: number("brier_margin"),
  };
}

/** Whether the bounds let the candidate pass, take it back, or say nothing yet. */
export function bounded({ worse, margin }: Progress): "good" | "bad" | "open" {
  if (worse === null || margin === null) return "open";
  if (worse.upper <= margin) return "good";
  return worse.lower > margin ? "bad" : "open";
}
