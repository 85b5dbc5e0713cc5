// A long list in pages: those in view are fetched, those that came stay.

import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError, downSince, session } from "../api/client";

/** A page as it comes. */
export interface Paged<T> {
  total: number;
  rows: T[];
}

export interface PagedList<T, P extends Paged<T>> {
  /** How many there are; null before the first page. */
  total: number | null;
  /** A row; undefined while its page is on its way. */
  row: (index: number) => T | undefined;
  /** The page that came last, for what it says beside its rows. */
  latest: P | null;
  error: ApiError | null;
  /** When the last page came. */
  at: number | null;
  /** Asks again for what is in view; what is shown stays until it comes. */
  reload: () => void;
}

export const PAGE = 200;

interface State<P> {
  key: string;
  pages: Map<number, P>;
  /** Pages that are to be asked for again. */
  old: Set<number>;
  asked: Map<number, AbortController>;
  latest: P | null;
  error: ApiError | null;
  at: number | null;
}

/** The list that `key` names, of which rows `from` to `to` are in view. */
export function usePages<T, P extends Paged<T>>(
  key: string,
  from: number,
  to: number,
  fetchPage: (offset: number, limit: number, signal: AbortSignal) => Promise<P>,
): PagedList<T, P> {
  const [, render] = useState(0);
  const state = useRef<State<P> | null>(null);
  if (state.current === null || state.current.key !== key) {
    for (const one of state.current?.asked.values() ?? []) one.abort();
    state.current = {
      key,
      pages: new Map(),
      old: new Set(),
      asked: new Map(),
      // What was filtered before stays until the new pages come: the frame does not jump.
      latest: state.current?.latest ?? null,
      error: null,
      at: null,
    };
  }
  const now = state.current;
  const latest = useRef(fetchPage);
  latest.current = fetchPage;

  const ask = (page: number): void => {
    if (now.asked.has(page) || (now.pages.has(page) && !now.old.has(page))) return;
    const controller = new AbortController();
    now.asked.set(page, controller);
    latest.current(page * PAGE, PAGE, controller.signal).then(
      (answer) => {
        if (state.current !== now) return;
        now.asked.delete(page);
        now.old.delete(page);
        now.pages.set(page, answer);
        now.latest = answer;
        now.error = null;
        now.at = Date.now();
        render((count) => count + 1);
      },
      (cause: unknown) => {
        if (state.current !== now || controller.signal.aborted) return;
        now.asked.delete(page);
        now.error = cause instanceof ApiError ? cause : new ApiError(String(cause), 0);
        render((count) => count + 1);
      },
    );
  };

  const first = Math.floor(from / PAGE);
  const last = Math.floor(Math.max(from, to - 1) / PAGE);
  const [turn, setTurn] = useState(0);
  const up = downSince.value === null;
  const login = session.value;
  useEffect(() => {
    if (!up) return;
    for (let page = first; page <= last; page += 1) ask(page);
  }, [key, first, last, turn, up, login]);
  useEffect(
    () => () => {
      for (const one of state.current?.asked.values() ?? []) one.abort();
    },
    [],
  );

  return {
    total: now.latest?.total ?? null,
    row: (index) => now.pages.get(Math.floor(index / PAGE))?.rows[index % PAGE],
    latest: now.latest,
    error: now.error,
    at: now.at,
    reload: () => {
      for (const page of now.pages.keys()) now.old.add(page);
      setTurn((count) => count + 1);
    },
  };
}
