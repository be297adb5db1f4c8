import type { NotificationData } from "@mantine/notifications";
import { isApiError } from "#lib/client/index.ts";

/** The notices come with the first one: no page needs them to be shown. */
async function show(notice: NotificationData): Promise<void> {
  const { notifications } = await import("@mantine/notifications");
  notifications.show(notice);
}

/** Says that something was done. */
export function notifyDone(message: string): void {
  void show({ message, color: "teal", autoClose: 4000 });
}

/** Says what failed, in the server's words, with the request's id. Stays until closed. */
export function notifyError(title: string, error: unknown): void {
  const detail = error instanceof Error ? error.message : String(error);
  const id = isApiError(error) && error.requestId ? ` (request ${error.requestId})` : "";
  void show({ title, message: `${detail}${id}`, color: "red", autoClose: false });
}
