// What a change can cost, and the box that says one knows it: the second step of what is dangerous.

import type { JSX } from "preact";

export function Dangers({
  dangers,
  understood,
  understand,
}: {
  dangers: readonly string[];
  understood: boolean;
  understand: (understood: boolean) => void;
}): JSX.Element | null {
  if (dangers.length === 0) return null;
  return (
    <>
      {dangers.map((words) => (
        <p key={words} class="trouble" role="alert">
          {words}
        </p>
      ))}
      <label class="check">
        <input
          type="checkbox"
          name="understood"
          checked={understood}
          onChange={(event) => understand(event.currentTarget.checked)}
        />
        I want this, knowing what it can cost
      </label>
    </>
  );
}
