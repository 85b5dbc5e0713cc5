// Loading for components: what came last stays on screen while it is asked for again, and its age is known.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { ApiError, downSince, session } from "./client";

/** What is known of something that is loaded. */
export interface Loaded<T> {
  data: T | null;
  /** When `data` came; milliseconds since the Unix epoch. */
  at: number | null;
  error: ApiError | null;
  loading: boolean;
  reload: () => void;
}

interface Kept {
  data: unknown;
  at: number;
}

/** The last answers by key: going back shows them at once while they are asked for again. */
const kept = new Map<string, Kept>();

/** Loads `key` with `fetcher` when it is first shown, when `key` changes and on `reload`. A null key loads nothing. */
export function useLoad<T>(key: string | null, fetcher: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [, render] = useState(0);
  const state = useRef<{ key: string | null; error: ApiError | null; loading: boolean }>({
    key: null,
    error: null,
    loading: false,
  });
  const latest = useRef(fetcher);
  latest.current = fetcher;
  const running = useRef<AbortController | null>(null);

  if (state.current.key !== key) state.current = { key, error: null, loading: key !== null };

  const reload = useCallback(() => {
    running.current?.abort();
    if (key === null) return;
    const controller = new AbortController();
    running.current = controller;
    state.current.loading = true;
    render((count) => count + 1);
    const settle = (error: ApiError | null): void => {
      if (controller.signal.aborted || state.current.key !== key) return;
      state.current.error = error;
      state.current.loading = false;
      render((count) => count + 1);
    };
    latest.current(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) kept.set(key, { data, at: Date.now() });
        settle(null);
      },
      (cause: unknown) => settle(cause instanceof ApiError ? cause : new ApiError(String(cause), 0)),
    );
  }, [key]);

  const login = session.value;
  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, [reload, login]);

  const up = downSince.value === null;
  useEffect(() => {
    if (up && state.current.error?.status === 0) reload();
  }, [up, reload]);

  const known = key === null ? undefined : kept.get(key);
  return {
    data: (known?.data as T | undefined) ?? null,
    at: known?.at ?? null,
    error: state.current.error,
    loading: state.current.loading,
    reload,
  };
}

/** Keeps what was shown while something else of its kind is on its way: filters change without a flash. */
export function useKept<T>(loaded: Loaded<T>): Loaded<T> {
  const last = useRef<T | null>(null);
  if (loaded.data !== null) last.current = loaded.data;
  return loaded.data === null && loaded.loading ? { ...loaded, data: last.current } : loaded;
}

/** Asks again whenever `change` changes. */
export function useReload(loaded: Loaded<unknown>, change: number): void {
  const before = useRef(change);
  useEffect(() => {
    if (before.current !== change) loaded.reload();
    before.current = change;
  }, [change]);
}

/** Calls `tick` every `milliseconds` while `active` and while the page is seen. */
export function useTicker(active: boolean, milliseconds: number, tick: () => void): void {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, milliseconds);
    const seen = (): void => {
      if (!document.hidden) latest.current();
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [active, milliseconds]);
}
