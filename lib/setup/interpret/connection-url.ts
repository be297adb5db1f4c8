import type { Written } from "./given.ts";

/** What a connection string says. */
export type Place = { connector: string; written: Written };

const TABLES: readonly [RegExp, string][] = [
  [/^(?:jdbc:)?(?:postgres(?:ql)?|pg)(?:\+\w+)?$/, "postgres"],
  [/^(?:jdbc:)?(?:mysql2?|mariadb)(?:\+\w+)?$/, "mysql"],
];

/** Reads one connection URL of any kind that a connector of ours has; undefined for anything else. */
export function connectionUrl(url: string): Place | undefined {
  const arn = /^arn:aws:s3:::([^/\s]+)(?:\/(.*))?$/i.exec(url);
  if (arn) return bucket("s3", arn[1], arn[2]);
  const parts = /^((?:jdbc:)?[a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(url);
  const scheme = parts?.[1]?.toLowerCase() ?? "";
  const rest = parts?.[2] ?? "";
  if (!parts || rest === "" || /[\s\0]/.test(url)) return undefined;
  const table = TABLES.find(([form]) => form.test(scheme))?.[1];
  if (table) return tableUrl(table, rest);
  if (/^(?:jdbc:)?snowflake$/.test(scheme)) return snowflakeUrl(rest);
  if (/^s3[an]?$/.test(scheme)) return bucketUrl("s3", rest);
  if (/^g(?:c)?s$/.test(scheme)) return bucketUrl("gcs", rest);
  if (/^(?:sftp|ssh|ftps?)$/.test(scheme)) return fileServer(scheme, rest);
  if (scheme === "file")
    return { connector: "local_fs", written: { path: decoded(rest.replace(/^localhost/, "")) } };
  if (/^(?:azure|az|wasbs?|abfss?)$/.test(scheme)) return azureUrl(rest);
  return scheme === "http" || scheme === "https" ? webUrl(url) : undefined;
}

type Authority = {
  user?: string;
  password?: string;
  host: string;
  port?: string;
  path: string;
  query: Map<string, string>;
};

/** Takes `user:password@host:port/path?query` apart; a password with @ or / in it reaches to the last @ before a host. */
function authority(rest: string): Authority | undefined {
  const at = rest.lastIndexOf("@");
  const before = at < 0 ? undefined : rest.slice(0, at);
  const parts = /^(\[[0-9a-f:.%]+\]|[^/:?#@[\]]*)(?::(\d{1,5}))?(?:\/([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i.exec(
    rest.slice(at + 1),
  );
  if (!parts) return undefined;
  const [, host = "", port, path = "", query = ""] = parts;
  const [user, ...password] = before?.split(":") ?? [];
  const pairs = query
    .split(/[&;]/)
    .filter(Boolean)
    .map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? [pair.toLowerCase(), ""]
        : [decoded(pair.slice(0, equals)).toLowerCase(), decoded(pair.slice(equals + 1))];
    });
  return {
    ...(user && { user: decoded(user) }),
    ...(password.length > 0 && { password: decoded(password.join(":")) }),
    host: host.replace(/^\[|\]$/g, ""),
    ...(port && { port }),
    path: decoded(path.replace(/\/+$/, "")),
    query: new Map(pairs),
  };
}

function tableUrl(connector: string, rest: string): Place | undefined {
  const url = authority(rest);
  if (!url || url.path.includes("/")) return undefined;
  const { query } = url;
  const encryption =
    query.get("sslmode") ??
    query.get("ssl-mode") ??
    query.get("ssl_mode") ??
    query.get("usessl") ??
    query.get("ssl");
  const schema =
    query.get("currentschema") ??
    query.get("schema") ??
    /search_path=(\w+)/.exec(query.get("options") ?? "")?.[1];
  return {
    connector,
    written: written({
      host: url.host || query.get("host"),
      port: url.port ?? query.get("port") ?? (connector === "postgres" ? "5432" : "3306"),
      database: url.path || query.get("dbname"),
      username: url.user ?? query.get("user"),
      password: url.password ?? query.get("password"),
      [connector === "postgres" ? "sslmode" : "ssl"]: encryption,
      ...(connector === "postgres" && { schema }),
    }),
  };
}

function snowflakeUrl(rest: string): Place | undefined {
  const url = authority(rest);
  if (!url) return undefined;
  const { query } = url;
  const [database, schema] = url.path.split("/");
  return {
    connector: "snowflake",
    written: written({
      account: accountOf(url.host) || query.get("account"),
      warehouse: query.get("warehouse"),
      database: database || query.get("db") || query.get("database"),
      schema: schema ?? query.get("schema"),
      role: query.get("role"),
      username: url.user ?? query.get("user"),
      password: url.password ?? query.get("password"),
    }),
  };
}

/** The account that a host of Snowflake is of. */
export const accountOf = (host: string): string => host.replace(/\.snowflakecomputing\.(?:com|cn)$/i, "");

const bucket = (connector: string, name = "", prefix = ""): Place => ({
  connector,
  written: written({ bucket: name, prefix: decoded(prefix) }),
});

function bucketUrl(connector: "s3" | "gcs", rest: string): Place | undefined {
  const url = authority(rest);
  if (!url || url.host === "" || url.port) return undefined;
  const keys = connector === "s3" ? { access_key_id: url.user, secret_access_key: url.password } : {};
  const { query } = url;
  const more = connector === "s3" ? { region: query.get("region"), endpoint: query.get("endpoint") } : {};
  return { connector, written: written({ bucket: url.host, prefix: url.path, ...keys, ...more }) };
}

function fileServer(scheme: string, rest: string): Place | undefined {
  const url = authority(rest);
  if (!url || url.host === "") return undefined;
  const connector = scheme.startsWith("ftp") ? "ftp" : "sftp";
  const { host, port, user, password, path } = url;
  return { connector, written: written({ host, port, username: user, password, path: path && `/${path}` }) };
}

function azureUrl(rest: string): Place | undefined {
  const parts = /^([a-z0-9$-]+)@([a-z0-9]+)\.[\w.]+(?:\/(.*))?$/i.exec(rest);
  return parts
    ? {
        connector: "azure_blob",
        written: written({ account: parts[2], container: parts[1], prefix: parts[3] }),
      }
    : undefined;
}

function webUrl(url: string): Place | undefined {
  const rest = url.replace(/^https?:\/\//i, "");
  const virtual = /^([a-z0-9][a-z0-9._-]*)\.s3[.-]([a-z0-9-]+)\.amazonaws\.com(?:\/([^?#]*))?/i.exec(rest);
  if (virtual)
    return {
      connector: "s3",
      written: written({ bucket: virtual[1], region: virtual[2], prefix: decoded(virtual[3] ?? "") }),
    };
  const style = /^s3[.-]([a-z0-9-]+)\.amazonaws\.com\/([^/?#]+)(?:\/([^?#]*))?/i.exec(rest);
  if (style)
    return {
      connector: "s3",
      written: written({ region: style[1], bucket: style[2], prefix: decoded(style[3] ?? "") }),
    };
  const account = /^([^/]+\.snowflakecomputing\.(?:com|cn))(?:\/|$)/i.exec(rest);
  if (account) return { connector: "snowflake", written: { account: accountOf(account[1] ?? "") } };
  const blob = /^([a-z0-9]{3,24})\.blob\.core\.windows\.net\/([^/?#]+)(?:\/([^?#]*))?$/i.exec(rest);
  if (blob)
    return {
      connector: "azure_blob",
      written: written({ account: blob[1], container: blob[2], prefix: decoded(blob[3] ?? "") }),
    };
  const signedIn = /^(https?:\/\/)([^/?#]*)@(.*)$/i.exec(url);
  if (!signedIn) return { connector: "http_pull", written: { url } };
  const [username, ...password] = (signedIn[2] ?? "").split(":").map(decoded);
  return {
    connector: "http_pull",
    written: written({ url: `${signedIn[1]}${signedIn[3]}`, username, password: password.join(":") }),
  };
}

/** What was said; what was not is left out. */
function written(values: Record<string, string | undefined>): Written {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
