import { type ConnectorSpec, fieldsOf } from "#lib/connectors/schema.ts";
import { redactText } from "#lib/redact.ts";
import { fieldProblem } from "../machine/connector.ts";
import type { Of } from "../machine/step.ts";

/** Values as they were written, by field. */
export type Written = Record<string, string | number | boolean>;
/** The event and, apart from it, the secrets. */
export type Given = { event: Of<"give_fields">; secrets: Record<string, string> };

/**
 * Values of fields, taken apart: what is no secret into the event, secrets beside it, and what cannot be right is refused
 * by name. A value that looks like a key where none belongs is refused too.
 */
export function givenFields(spec: ConnectorSpec, written: Written, connector?: string): Given {
  const event: Of<"give_fields"> = {
    type: "give_fields",
    ...(connector && { connector }),
    fields: {},
    held: [],
  };
  const secrets: Record<string, string> = {};
  const refused: { field: string; message: string }[] = [];
  const fields = fieldsOf(spec);
  for (const [name, value] of Object.entries(written)) {
    const field = fields.find((one) => one.name === name);
    if (!field) refused.push({ field: "", message: `is not a field of ${spec.title}` });
    else if (value === "") event.fields[name] = "";
    else if (field.secret) {
      const text = field.multiline ? String(value).replaceAll("\\n", "\n") : String(value);
      const problem = fieldProblem(spec, name, text);
      if (problem) refused.push({ field: name, message: problem });
      else {
        secrets[name] = text;
        event.held.push(name);
      }
    } else {
      const read = readAs(field, value);
      const problem = fieldProblem(spec, name, read);
      const exposed = typeof read === "string" && redactText(read) !== read;
      if (problem) refused.push({ field: name, message: problem });
      else if (exposed)
        refused.push({
          field: name,
          message: "holds what looks like a secret, which belongs into its own field",
        });
      else event.fields[name] = typeof read === "string" && !field.multiline ? read.trim() : read;
    }
  }
  return { event: refused.length > 0 ? { ...event, refused } : event, secrets };
}

const YES = /^(?:yes|y|true|on|1|ja|sí|si|oui)$/i;
const NO = /^(?:no|n|false|off|0|nein|non)$/i;

function readAs(
  field: ReturnType<typeof fieldsOf>[number],
  value: string | number | boolean,
): string | number | boolean {
  if (field.kind === "integer") {
    const digits = String(value).trim();
    return /^\d{1,9}$/.test(digits) ? Number(digits) : digits;
  }
  if (field.kind === "boolean") {
    if (typeof value === "boolean") return value;
    const text = String(value).trim();
    return YES.test(text) ? true : NO.test(text) ? false : text;
  }
  if (field.kind !== "choice") return String(value);
  return chosen(field.choices ?? [], String(value).trim());
}

/** Other words for the degrees of encryption, each with what it may be called here. */
const DEGREES: readonly [RegExp, readonly string[]][] = [
  [/^(?:no|none|off|false|0|disabled?|plain)$/, ["disable", "off"]],
  [/^(?:allow|prefer(?:red)?|if possible|optional)$/, ["prefer", "require"]],
  [/^(?:yes|on|true|1|required?|always|explicit)$/, ["require"]],
  [/^verify[-_ ]ca$/, ["verify-ca", "verify"]],
  [/^(?:verify|verify[-_ ](?:full|identity))$/, ["verify-full", "verify"]],
];

function chosen(choices: readonly string[], text: string): string {
  const plain = text.toLowerCase();
  if (choices.includes(plain)) return plain;
  const degree = DEGREES.find(([form]) => form.test(plain))?.[1];
  return degree?.find((name) => choices.includes(name)) ?? text;
}
