/** The boxes of the proposal that waits for a decision, in order. */
function boxes(panel: HTMLElement | null): HTMLInputElement[] {
  const open = panel?.querySelectorAll<HTMLElement>("[data-proposal][data-open]");
  const last = open?.item(open.length - 1);
  return [...(last?.querySelectorAll<HTMLInputElement>("input[data-change]:not(:disabled)") ?? [])];
}

/** Moves the focus `by` changes up or down; 0 goes to the first. Stays at the ends. */
export function moveBetweenChanges(panel: HTMLElement | null, by: -1 | 0 | 1): void {
  const list = boxes(panel);
  const at = list.indexOf(document.activeElement as HTMLInputElement);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1);
  // At the beginning the whole answer stands in view, not only its first change.
  list[next]?.focus({ preventScroll: by === 0 });
}

/** Ticks or unticks the change that has the focus. */
export function toggleFocusedChange(panel: HTMLElement | null): void {
  boxes(panel)
    .find((box) => box === document.activeElement)
    ?.click();
}

/** Presses Apply of the proposal that waits for a decision. */
export function pressApply(panel: HTMLElement | null): void {
  const open = panel?.querySelectorAll<HTMLElement>("[data-proposal][data-open]");
  open
    ?.item(open.length - 1)
    ?.querySelector<HTMLButtonElement>("button[data-apply]:not(:disabled)")
    ?.click();
}

/** Shows the latest answer from its question on. */
export function showLatest(panel: HTMLElement | null): void {
  const turns = panel?.querySelectorAll<HTMLElement>("[data-turn]");
  const last = turns?.item(turns.length - 1);
  const before = last?.previousElementSibling;
  const start = last?.dataset.turn === "assistant" && before?.matches("[data-turn=user]") ? before : last;
  start?.scrollIntoView({ block: "start" });
}
