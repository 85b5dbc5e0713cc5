// A part of the pages that is fetched when it is first shown.

import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { ApiError } from "../api/client";
import { Trouble, Waiting } from "./states";

/** A component that stands for one that is still to be fetched. */
export function lazy<P extends object>(fetch: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  let arrived: ComponentType<P> | null = null;
  return function Lazy(props: P): JSX.Element {
    const [, render] = useState(0);
    const [error, setError] = useState<ApiError | null>(null);
    useEffect(() => {
      if (arrived !== null) return;
      let shown = true;
      fetch().then(
        (component) => {
          arrived = component;
          if (shown) render((count) => count + 1);
        },
        () => {
          if (shown) setError(new ApiError("the server could not be reached, or has been renewed meanwhile", 0));
        },
      );
      return () => {
        shown = false;
      };
    }, []);
    if (error !== null)
      return <Trouble what="This part of the page did not load" error={error} retry={() => location.reload()} />;
    if (arrived === null) return <Waiting lines={8} />;
    const Arrived = arrived;
    return <Arrived {...props} />;
  };
}
