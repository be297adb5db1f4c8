import { type Case, cron, edits, op, rule } from "../expect.ts";

/** Requests in other languages. */
export const languages: Case[] = edits("other languages", "orders", [
  ["Maskiere email", op({ op: "mask_pii", field: "email" })],
  ["Bitte täglich um 6 Uhr in Berlin ausführen", ["schedule", cron("0 6 * * *", "Europe/Berlin")]],
  ["Entferne die Spalte notes", op({ op: "drop", field: "notes" })],
  ["Supprime la colonne notes", op({ op: "drop", field: "notes" })],
  ["Ejecútalo cada hora", ["schedule", cron("0 * * * *")]],
  ["Renombra notes a remarks", op({ op: "rename", from: "notes", to: "remarks" })],
  ["quantity muss positiv sein", rule("quantity", "gt:0")],
  ["毎時実行してください", ["schedule", cron("0 * * * *")]],
]);
