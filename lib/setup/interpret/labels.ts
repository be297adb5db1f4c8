import type { ConnectorSpec } from "#lib/connectors/schema.ts";

/** What people and programs call the fields, in small letters and single spaces. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  host: [
    "host",
    "hostname",
    "host name",
    "server",
    "server name",
    "address",
    "addr",
    "data source",
    "hostaddr",
    "rechner",
    "servidor",
    "serveur",
    "hôte",
  ],
  port: ["port", "port number", "tcp port", "puerto"],
  database: [
    "database",
    "database name",
    "db",
    "dbname",
    "db name",
    "initial catalog",
    "catalog",
    "datenbank",
    "base de datos",
    "base de données",
    "base",
  ],
  username: [
    "username",
    "user",
    "user name",
    "user id",
    "userid",
    "uid",
    "login",
    "login name",
    "benutzer",
    "benutzername",
    "nutzer",
    "usuario",
    "utilisateur",
    "u",
  ],
  password: [
    "password",
    "pass",
    "pwd",
    "pw",
    "passwd",
    "passwort",
    "kennwort",
    "contraseña",
    "mot de passe",
    "passcode",
    "p",
  ],
  schema: ["schema", "currentschema", "current schema", "search path"],
  sslmode: ["sslmode", "ssl mode", "ssl", "tls", "encryption"],
  ssl: ["ssl", "ssl mode", "sslmode", "tls", "encryption", "usessl"],
  tls: ["tls", "encryption", "ssl"],
  ssl_root_cert: [
    "ssl root cert",
    "sslrootcert",
    "root certificate",
    "ca certificate",
    "certificate",
    "ca",
    "ssl ca",
  ],
  account: ["account", "account identifier", "account name", "storage account", "account id"],
  warehouse: ["warehouse", "wh", "virtual warehouse"],
  role: ["role", "role name"],
  bucket: ["bucket", "bucket name"],
  region: ["region", "default region", "bucket region"],
  access_key_id: [
    "access key id",
    "access key",
    "key id",
    "accesskeyid",
    "access key identifier",
    "accesskey",
  ],
  secret_access_key: [
    "secret access key",
    "secret key",
    "secret",
    "secretaccesskey",
    "secretkey",
    "access secret",
  ],
  endpoint: ["endpoint", "endpoint url"],
  access_url: ["access url", "address", "url"],
  prefix: ["prefix", "folder", "path", "key prefix"],
  path: ["path", "folder", "directory", "dir"],
  path_style: ["path style", "force path style", "path style access"],
  format: ["format", "file format"],
  container: ["container", "container name", "filesystem"],
  account_key: ["account key", "storage key", "key", "accountkey", "access key"],
  service_account_json: ["service account json", "service account", "key file", "credentials"],
  private_key: ["private key", "key", "ssh key"],
  passphrase: ["passphrase", "key passphrase", "private key passphrase"],
  host_key: ["host key", "fingerprint"],
  url: ["url", "address", "link", "uri"],
  bearer_token: ["bearer token", "token", "bearer", "access token"],
};

/** Words before a name that say nothing: what an environment variable or a sentence puts there. */
const BEFORE =
  /^(?:(?:export|set|env|my|the|our|its|your|new|pg|postgres|postgresql|mysql|mariadb|snowflake|snowsql|aws|s3|azure|gcs|ftp|sftp|ssh|db|database|source|connection|jdbc|spring datasource) )+/;

/** The field that a name means; undefined if this connector has none such. */
export function fieldCalled(spec: ConnectorSpec, name: string): string | undefined {
  const plain = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .replace(/[\s_.-]+/g, " ")
    .replace(/^pg(?=host|port|database|user|password|sslmode|sslrootcert)/, "")
    .trim();
  const own = Object.keys(spec.config.shape);
  for (const word of [plain, plain.replace(BEFORE, ""), plain.replaceAll(" ", "")]) {
    const found = own.find((field) => field.replaceAll("_", " ") === word || CALLED[field]?.includes(word));
    if (found) return found;
  }
  return undefined;
}

/** How the fields of a connector are called in a sentence, longest first, for a regular expression. */
export function spokenNames(spec: ConnectorSpec): string {
  const names = Object.keys(spec.config.shape).flatMap((field) => [
    field,
    field.replaceAll("_", " "),
    ...(CALLED[field] ?? []).filter((name) => name.length > 1),
  ]);
  return [...new Set(names)]
    .sort((left, right) => right.length - left.length)
    .map((name) => name.replaceAll(" ", "[ _-]?"))
    .join("|");
}

/** What a connector is most likely, told by the names alone. */
export function connectorOfNames(names: readonly string[]): string | undefined {
  const all = ` ${names.map((name) => name.toLowerCase()).join(" ")} `;
  if (/ snowflake_| warehouse /.test(all)) return "snowflake";
  if (/ aws_| access_key_id | secret_access_key | accesskeyid | bucket /.test(all)) return "s3";
  if (/ accountname | accountkey | defaultendpointsprotocol /.test(all)) return "azure_blob";
  if (/ mysql_| mariadb_/.test(all)) return "mysql";
  if (/ pghost | pguser | pgpassword | pgdatabase | dbname | postgres_| sslmode /.test(all))
    return "postgres";
  return undefined;
}
