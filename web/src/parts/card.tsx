// A part of a page with a heading.

import type { ComponentChildren, JSX } from "preact";

export function Card({
  title,
  more,
  span,
  children,
}: {
  title: string;
  more?: ComponentChildren;
  /** Columns of twelve; all of them on a phone. */
  span?: 3 | 4 | 5 | 6 | 7 | 8 | 12;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`card ${span === undefined ? "" : `span-${span}`}`}>
      <header>
        <h2>{title}</h2>
        {more}
      </header>
      {children}
    </section>
  );
}
