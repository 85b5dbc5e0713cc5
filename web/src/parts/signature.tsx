// Who does it, and why: what stands in the records beside a change.

import type { JSX } from "preact";

import { remember, who } from "./who";

export function SignatureFields({
  why,
  setWhy,
  example,
}: {
  why: string;
  setWhy: (text: string) => void;
  example: string;
}): JSX.Element {
  return (
    <div class="signature">
      <label>
        <span class="small muted">Your name</span>
        <input
          name="by"
          autocomplete="off"
          maxLength={100}
          placeholder="dashboard"
          value={who.value}
          onInput={(event) => remember(event.currentTarget.value)}
        />
      </label>
      <label>
        <span class="small muted">Why</span>
        <input
          name="why"
          data-first
          autocomplete="off"
          maxLength={500}
          placeholder={example}
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
