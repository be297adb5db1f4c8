import { notifications } from "@mantine/notifications";
import { isApiError } from "#lib/client/index.ts";

/** Says that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: "teal", autoClose: 4000 });
}

/** Says what failed, in the server's words, with the request's id. Stays until closed. */
export function notifyError(title: string, error: unknown): void {
  const detail = error instanceof Error ? error.message : String(error);
  const id = isApiError(error) && error.requestId ? ` (request ${error.requestId})` : "";
  notifications.show({ title, message: `${detail}${id}`, color: "red", autoClose: false });
}
