// What is wrong, on every page: since when, and what still works.

import type { JSX } from "preact";

import { localSeconds } from "../format";
import { trouble } from "../live/trouble";

export function Banner(): JSX.Element {
  const { value } = trouble;
  return (
    // The region stays, so that screen readers hear what appears in it.
    <div class="banners" role="alert">
      {value !== null && (
        <p class="banner" data-level={value.level}>
          <strong>
            {value.what} since {localSeconds(value.since)}.
          </strong>{" "}
          {value.still}
        </p>
      )}
    </div>
  );
}
