import type { ConnectorSpec } from "#lib/connectors/schema.ts";
import { fieldProblem, isSecret, specOf, stillMissing } from "../machine/connector.ts";
import { looksSecret } from "../redact-message.ts";
import type { Setup } from "../state.ts";
import { commandLine } from "./command-line.ts";
import { accountOf, connectionUrl, type Place } from "./connection-url.ts";
import { connectorNamed, connectorWithin } from "./connector-names.ts";
import { type Given, givenFields, type Written } from "./given.ts";
import { connectorOfNames, fieldCalled } from "./labels.ts";
import { type Pairs, readPairs } from "./pairs.ts";
import { readBare, readSentence } from "./sentence.ts";

/** What may stand around a connection string and say nothing. */
const AROUND =
  /^[\s,;:.!?"'`()<>-]*(?:(?:please|pls|connect|me|to|with|use|using|try|take|it|is|it's|here|here's|this|the|my|our|a|an|url|uri|dsn|connection|string|link|address|database|db|bucket|source|data|load|import|sync|read|from|at|set|up|thanks|thank you|hi|hello|and|verbinde|mit|bitte|von)[\s,;:.!?"'`()<>-]+)*$/i;

/** The whole text is a connection string, a command, or names and values, whatever connector was chosen before. */
export function readConnection(setup: Setup, text: string): Given | undefined {
  const place = withinText(text) ?? commandLine(text);
  if (place) return fromPlace(setup, place);
  const pairs = readPairs(text);
  return pairs && fromPairs(setup, pairs);
}

/** A connection string with nothing around it that means anything. */
function withinText(text: string): Place | undefined {
  const trimmed = text.trim();
  const whole = connectionUrl(trimmed.replace(/^<(.*)>$/s, "$1"));
  if (whole) return whole;
  const found = /(?:\b(?:jdbc:)?[a-z][a-z0-9+.-]{0,40}:\/\/|\barn:aws:s3:::)[^\s"'`<>]+/i.exec(trimmed);
  if (!found) return undefined;
  const around = `${trimmed.slice(0, found.index)} ${trimmed.slice(found.index + found[0].length)} `;
  const named = AROUND.test(around) ? undefined : connectorWithin(around);
  if (!AROUND.test(named ? `${named.rest} ` : around)) return undefined;
  const url = connectionUrl(found[0].replace(/[,;.)]+$/, ""));
  return url && named && url.connector !== named.connector ? retold(url, named.connector) : url;
}

/** An https address is the endpoint of a store, or nothing that this connector knows. */
const retold = (url: Place, connector: string): Place | undefined =>
  url.connector === "http_pull" && connector === "s3"
    ? { connector, written: { endpoint: url.written.url ?? "" } }
    : undefined;

function fromPlace(setup: Setup, place: Place): Given | undefined {
  const current = specOf(setup.connector);
  if (place.connector === "http_pull" && current && current.name !== "http_pull") {
    // A bare web address is an endpoint where the connector has one, and no change of the connector.
    const field = ["endpoint", "access_url"].find((name) => Object.hasOwn(current.config.shape, name));
    return field && !stillMissing(setup).includes("host")
      ? givenFields(current, { [field]: String(place.written.url) })
      : undefined;
  }
  const spec = specOf(place.connector);
  return spec && givenFields(spec, place.written, current?.name === spec.name ? undefined : spec.name);
}

/** Fields of a form, of JSON or of lines. `connector` among them chooses one. */
export function fromPairs(setup: Setup, pairs: Pairs): Given | undefined {
  const names = pairs.map(([name]) => name);
  const told = pairs.find(([name]) =>
    /^(?:connector|type|source_?type|engine|driver|provider|kind)$/i.test(name),
  );
  const chosen = told ? connectorNamed(told[1]) : undefined;
  if (told && !chosen) return undefined;
  const guessed = setup.connector ?? connectorOfNames(names) ?? portSays(pairs);
  const spec = specOf(chosen ?? guessed);
  if (!spec) return undefined;
  const written: Written = {};
  for (const [name, value] of pairs) {
    if (name === told?.[0]) continue;
    const field = fieldCalled(spec, name);
    if (!field) return undefined;
    written[field] = value;
  }
  if (Object.keys(written).length === 0) return undefined;
  return givenFields(spec, splitPlace(written), spec.name === setup.connector ? undefined : spec.name);
}

const portSays = (pairs: Pairs): string | undefined => {
  const port = pairs.find(([name]) => /^port$/i.test(name))?.[1];
  return port === "5432" ? "postgres" : port === "3306" ? "mysql" : undefined;
};

/** A host may carry its port: "db:5432", "tcp:db,5432"; a Snowflake account its whole address. */
function splitPlace(written: Written): Written {
  const { host, account } = written;
  if (typeof account === "string")
    return { ...written, account: accountOf(account.replace(/^https?:\/\//i, "").replace(/\/.*$/, "")) };
  const parts = typeof host === "string" && /^(?:tcp:)?(\[[0-9a-f:]+\]|[^\s:,]+)[:,](\d{1,5})$/i.exec(host);
  return parts ? { port: parts[2] ?? "", ...written, host: parts[1] ?? "" } : written;
}

/** What is typed while the connection's fields are open: values by name, or the answer to what was asked. Rules alone. */
export function readFields(setup: Setup, text: string): Given | undefined {
  const spec = specOf(setup.connector);
  if (!spec) return undefined;
  const written = readSentence(spec, text);
  if (written) return exposes(spec, written) ? undefined : givenFields(spec, splitPlace(written));
  const missing = stillMissing(setup);
  const field = setup.failure?.field;
  const asked =
    missing.length > 0 ? missing : field && Object.hasOwn(spec.config.shape, field) ? [field] : [];
  const bare = readBare(spec, asked, text);
  if (!bare || isTalk(text, asked) || exposes(spec, bare)) return undefined;
  const fits = Object.entries(bare).every(
    ([name, value]) => asked.length === 1 || acceptable(setup, name, value),
  );
  return fits ? givenFields(spec, splitPlace(bare)) : undefined;
}

/** A generated password where something else belongs. */
const exposes = (spec: ConnectorSpec, written: Written): boolean =>
  Object.entries(written).some(
    ([name, value]) => !isSecret(spec, name) && typeof value === "string" && looksSecret(value),
  );

function acceptable(setup: Setup, name: string, value: Written[string]): boolean {
  const spec = specOf(setup.connector);
  return spec !== undefined && !fieldProblem(spec, name, name === "port" ? Number(value) : value);
}

/** A question or a remark where one value was asked for. */
const isTalk = (text: string, asked: readonly string[]): boolean =>
  asked.length === 1 &&
  (/^(?:what|where|which|why|how|who|can|could|do|does|is|are|i|we|it|the|sorry|hm+|um+|no idea|not sure)\b.*\s/i.test(
    text,
  ) ||
    /\S\s+\S.*\?$/.test(text));

/** A connector with its facts in one sentence: "postgres at db.example.com:5432, database shop, user reader". */
export function readWithConnector(text: string): Given | undefined {
  const named = connectorWithin(text);
  const spec = specOf(named?.connector);
  if (!named || !spec) return undefined;
  const rest = named.rest
    .replace(
      /^\s*(?:(?:please|connect|me|to|use|it's|it is|we have|there is|an?|my|our|the|i want|i have|set up|add|ich habe|eine?)\b\s*)*/i,
      "",
    )
    .replace(/^\s*(?:database|server|instance|db|source)\b(?=\s+(?:at|on|with|from)\b)/i, "");
  const written = readSentence(spec, rest.replace(/^[\s,:;.-]+/, ""));
  return written && !exposes(spec, written) ? givenFields(spec, splitPlace(written), spec.name) : undefined;
}

/** "the password is …" anywhere but where the fields are open: a correction of a field of this connector. */
export function readCorrection(setup: Setup, text: string): Given | undefined {
  const spec = specOf(setup.connector);
  if (
    !spec ||
    !/\b(?:change|set|update|correct|fix|is|to|should|=|:|no|not|use|new|wrong|actually)\b|[=:]/i.test(text)
  )
    return undefined;
  const written = readSentence(
    spec,
    text.replace(/^(?:i'd like to|i want to|can you|could you|let me|let's|go back and)\s+/i, ""),
  );
  return written && !exposes(spec, written) ? givenFields(spec, splitPlace(written)) : undefined;
}
