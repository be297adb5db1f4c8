"use client";

/** The last resort, when the frame itself threw: no theme, no providers, only what to do next. */
export default function GlobalError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <html lang="en">
      <body
        style={{ font: "16px/1.5 system-ui, sans-serif", maxWidth: 560, margin: "15vh auto", padding: 16 }}
      >
        <h1 style={{ fontSize: 20 }}>Penstock could not be shown</h1>
        <p>Nothing was changed. Try again, or reload the page.</p>
        {error.digest ? <p>Error {error.digest}</p> : null}
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  );
}
