// The keyboard: `g` and a letter goes somewhere, single keys do what the page on screen says.

import { useEffect, useRef } from "preact/hooks";

/** What keys do. A key is `k`, `?`, `Ctrl+k` or a sequence such as `g c`. */
export type KeyMap = Record<string, () => void>;

const SEQUENCE_MS = 1_200;

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/** Name of a key press as key maps write it. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return control + (event.altKey ? "Alt+" : "") + key;
}

/** Has keys do this as long as the component is on screen. Not while text is typed or a dialog is open. */
export function useKeys(map: KeyMap): void {
  const latest = useRef(map);
  latest.current = map;
  useEffect(() => {
    let before = "";
    let at = 0;
    const press = (event: KeyboardEvent): void => {
      const name = keyName(event);
      const now = performance.now();
      const pair = now - at < SEQUENCE_MS ? `${before} ${name}` : "";
      const control = name.startsWith("Ctrl+");
      if (!control && (typing(event.target) || document.querySelector("dialog[open]") !== null)) return;
      const action = latest.current[pair] ?? latest.current[name];
      before = name;
      at = now;
      if (action === undefined || event.defaultPrevented) return;
      event.preventDefault();
      before = "";
      action();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
