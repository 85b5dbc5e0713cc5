// Requests to the server: JSON in, JSON out, every failure an `ApiError` with words for people.

import { signal } from "@preact/signals";

import type {
  Bars,
  ErrorBody,
  IndicatorList,
  IndicatorValues,
  Job,
  JobList,
  RunList,
  SeriesKey,
  SeriesList,
  Status,
  StoredRun,
} from "./types";

/** True once the server has refused a request for want of a token. */
export const tokenNeeded = signal(false);

/** Counts log-ins: whatever was refused before is asked for again. */
export const session = signal(0);

/** Since when no request has reached the server; null while they do. */
export const downSince = signal<number | null>(null);

/** Why a request failed. */
export class ApiError extends Error {
  /** HTTP status; 0 if the server was not reached. */
  readonly status: number;
  /** The field that was wrong, if one was. */
  readonly field: string | null;
  /** Finds the line in the server's log. */
  readonly id: string | null;

  constructor(message: string, status: number, field: string | null = null, id: string | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.field = field;
    this.id = id;
  }
}

async function failure(response: Response): Promise<ApiError> {
  let body: Partial<ErrorBody> = {};
  try {
    body = (await response.json()) as Partial<ErrorBody>;
  } catch {
    // Not JSON: a proxy in between, say. The status has to do.
  }
  const words = typeof body.error === "string" ? body.error : `the server answered ${response.status}`;
  return new ApiError(words, response.status, body.field ?? null, body.id ?? null);
}

/** What a proxy answers when there is nobody behind it. */
const NOBODY = [502, 503, 504];

async function reached(asked: Promise<Response>): Promise<Response> {
  let response: Response | null = null;
  try {
    response = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
  }
  if (response === null || NOBODY.includes(response.status)) {
    downSince.value ??= Date.now();
    throw new ApiError("the server cannot be reached", 0);
  }
  downSince.value = null;
  return response;
}

async function request<T>(method: string, path: string, signal: AbortSignal | null, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await reached(
    fetch(path, {
      method,
      headers,
      signal,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  if (response.status === 401 && path !== "/api/login") tokenNeeded.value = true;
  if (!response.ok) throw await failure(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError("the answer is not JSON: is something else listening on this address?", response.status);
  }
}

/** A query string of what is defined. */
export function query(values: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  return pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&");
}

/** A stretch of a series: so many bars, the last ones before an instant if one is given. */
export interface Stretch extends SeriesKey {
  limit: number;
  before?: number;
}

function stretchQuery({
  venue,
  symbol,
  timeframe,
  limit,
  before,
}: Stretch): Record<string, string | number | undefined> {
  return { venue, symbol, timeframe, limit, before };
}

/** Asks for what is at `path`. */
export const get = <T>(path: string, signal: AbortSignal | null = null): Promise<T> => request<T>("GET", path, signal);

/** Sends `body` to `path`. */
export const post = <T>(path: string, body: unknown, signal: AbortSignal | null = null): Promise<T> =>
  request<T>("POST", path, signal, body);

export const api = {
  status: (signal: AbortSignal | null = null) => get<Status>("/api/status", signal),
  series: (signal: AbortSignal | null = null) => get<SeriesList>("/api/series", signal),
  bars: (stretch: Stretch, signal: AbortSignal | null = null) =>
    get<Bars>(`/api/bars?${query(stretchQuery(stretch))}`, signal),
  indicators: (signal: AbortSignal | null = null) => get<IndicatorList>("/api/indicators", signal),
  indicatorValues: (stretch: Stretch, name: string, params: string, signal: AbortSignal | null = null) =>
    get<IndicatorValues>(
      `/api/indicators/values?${query({ ...stretchQuery(stretch), name, params: params || undefined })}`,
      signal,
    ),
  runs: (signal: AbortSignal | null = null) => get<RunList>("/api/runs", signal),
  run: (id: string, signal: AbortSignal | null = null) => get<StoredRun>(`/api/runs/${encodeURIComponent(id)}`, signal),
  /** Has a report written, which takes a moment the first time. It is then at `reportAddress`. */
  makeReport: async (id: string): Promise<void> => {
    const response = await reached(fetch(reportAddress(id), { credentials: "same-origin" }));
    if (!response.ok) throw await failure(response);
    await response.body?.cancel();
  },
  jobs: (signal: AbortSignal | null = null) => get<JobList>("/api/jobs", signal),
  job: (id: string) => get<Job>(`/api/jobs/${encodeURIComponent(id)}`),
  cancelJob: (id: string) => request<Job>("DELETE", `/api/jobs/${encodeURIComponent(id)}`, null),
  /** Trades the token for a cookie, so that frames and downloads are let in too. */
  login: async (token: string): Promise<void> => {
    await post<unknown>("/api/login", { token });
    tokenNeeded.value = false;
    session.value += 1;
  },
};

/** Address of a run's report. */
export function reportAddress(id: string): string {
  return `/api/runs/${encodeURIComponent(id)}/report`;
}
