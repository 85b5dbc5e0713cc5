// Asks for the token that this server wants.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { ApiError, api } from "../api/client";

export function TokenForm(): JSX.Element {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await api.login(token.trim());
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 401) setError("That is not the token of this server.");
      else setError(cause instanceof Error ? cause.message : String(cause));
    }
    setBusy(false);
  };
  return (
    <main class="token" id="content">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h1>MEM</h1>
        <p>This server asks for its token.</p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          ref={field}
          required
          autocomplete="current-password"
          value={token}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : "token-error"}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        {error !== null && (
          <p id="token-error" class="field-error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Asking …" : "Go on"}
        </button>
        <p class="small muted">
          It is what the server was started with; whoever started it knows it. It is kept in a cookie that scripts
          cannot read.
        </p>
      </form>
    </main>
  );
}
