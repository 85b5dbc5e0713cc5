// Which rows of a long list are in view: the others need no elements.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Rows to draw, and the room that the others take. */
export interface Rows {
  from: number;
  /** Behind the last one. */
  to: number;
  before: number;
  after: number;
}

const SPARE = 12;

/** Rows of `height` pixels that a view of so many pixels shows when scrolled so far, with some to spare. */
export function rowsInView(total: number, height: number, scrolled: number, view: number): Rows {
  const from = Math.min(total, Math.max(0, Math.floor(scrolled / height) - SPARE));
  const to = Math.min(total, Math.ceil((scrolled + view) / height) + SPARE);
  return { from, to, before: from * height, after: (total - to) * height };
}

/** The rows in view of a frame that scrolls. */
export function useRowsInView(frame: RefObject<HTMLElement | null>, total: number, height: number): Rows {
  const [at, setAt] = useState({ scrolled: 0, view: 900 });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let planned = 0;
    const look = (): void => {
      planned = 0;
      setAt({ scrolled: element.scrollTop, view: element.clientHeight });
    };
    const later = (): void => {
      if (planned === 0) planned = requestAnimationFrame(look);
    };
    const observer = new ResizeObserver(later);
    observer.observe(element);
    element.addEventListener("scroll", later, { passive: true });
    return () => {
      cancelAnimationFrame(planned);
      observer.disconnect();
      element.removeEventListener("scroll", later);
    };
  }, [total > 0]);
  return rowsInView(total, height, at.scrolled, at.view);
}
