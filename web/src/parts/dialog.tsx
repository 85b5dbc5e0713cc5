// A window over the page. Esc, the button and a click beside it close it; focus returns to where it was. What has
// `data-first` has the focus at first.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "./icons";

export function Dialog({
  title,
  close,
  wide = false,
  bare = false,
  children,
}: {
  title: string;
  close: () => void;
  wide?: boolean;
  /** Without a heading; the title is its name only. */
  bare?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) close();
      }}
    >
      <div class="dialog-body">
        {!bare && (
          <header>
            <h2>{title}</h2>
            <button type="button" class="bare" aria-label="Close" onClick={close}>
              <Icon name="close" />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
