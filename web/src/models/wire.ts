// Models by request: where they stand, how they do, what was decided, trainings; and what is wanted of them.

import { get, post, query } from "../api/client";
import type { Schema, Worded } from "../api/types";

export type Stage =
  | "training"
  | "validating"
  | "staging"
  | "shadow"
  | "canary"
  | "production"
  | "archived"
  | "failed";

export type Model = Worded<Schema<"ModelView">, { stage: Stage; params: Record<string, unknown> }>;

export type Rollout = Schema<"RolloutView">;

/** Live predictions, each model's as a whole and several side by side. */
export type Scores = Schema<"Scores">;

export type Score = Schema<"ScoreView">;

export type Severity = "none" | "low" | "medium" | "high" | "critical";

export type DriftCell = Worded<Schema<"DriftCell">, { severity: Severity }>;

export interface DriftMap {
  ts: number[];
  features: { feature: string; cells: (DriftCell | null)[] }[];
}

export type ModelEvent = Worded<Schema<"EventView">, { numbers: Record<string, unknown> }>;

export type Gate = Worded<Schema<"EvaluationView">, { numbers: Record<string, unknown> }>;

export type Training = Worded<
  Schema<"TrainingView">,
  { status: "pending" | "running" | "completed" | "failed" | "cancelled" }
>;

export type TrainingLine = Schema<"TrainingLine">;

/** Who wants it, and why. */
export interface Reason {
  by: string;
  why: string;
}

/** What can be wanted of a model. */
export type Wanted = "promote" | "archive" | "rollback";

/** What was decided: enough for a page, the newest. */
const DECIDED = 300;

export const fetchModels = async (signal: AbortSignal): Promise<Model[]> =>
  (await get<{ models: Model[] }>("/api/models", signal)).models;

export const fetchRollouts = async (signal: AbortSignal): Promise<Rollout[]> =>
  (await get<{ rows: Rollout[] }>("/api/models/rollouts", signal)).rows;

export const fetchScores = (models: readonly number[], signal: AbortSignal): Promise<Scores> =>
  get(`/api/models/scores?models=${models.join(",")}`, signal);

export const fetchDrift = (model: number, symbol: string, signal: AbortSignal): Promise<DriftMap> =>
  get(`/api/models/drift?${query({ model, symbol: symbol === "" ? undefined : symbol })}`, signal);

export const fetchDecided = async (signal: AbortSignal): Promise<{ events: ModelEvent[]; gates: Gate[] }> => {
  const [events, gates] = await Promise.all([
    get<{ rows: ModelEvent[] }>(`/api/models/events?limit=${DECIDED}`, signal),
    get<{ rows: Gate[] }>(`/api/models/evaluations?limit=${DECIDED}`, signal),
  ]);
  return { events: events.rows, gates: gates.rows };
};

export const fetchTrainings = (signal: AbortSignal): Promise<{ total: number; rows: Training[] }> =>
  get("/api/models/jobs?limit=50", signal);

export const fetchTrainingLog = async (id: number, signal: AbortSignal): Promise<TrainingLine[]> =>
  (await get<{ rows: TrainingLine[] }>(`/api/models/jobs/${id}/logs`, signal)).rows;

export const wantOf = (model: number, wanted: Wanted, reason: Reason): Promise<Model> =>
  post(`/api/models/${model}/${wanted}`, reason);

export const retrain = (line: string, reason: Reason): Promise<Training> =>
  post("/api/models/jobs", { line, ...reason });

export const callOff = (training: number, reason: Reason): Promise<Training> =>
  post(`/api/models/jobs/${training}/cancel`, reason);

/** Address of a model's card. */
export const cardAddress = (model: number): string => `/api/models/${model}/card`;

/** Name and version. */
export const titleOf = ({ name, version }: Pick<Model, "name" | "version">): string => `${name} ${version}`;
