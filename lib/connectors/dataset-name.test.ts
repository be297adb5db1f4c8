import { expect, it } from "vitest";
import { fileDatasetName, tableDatasetName } from "./dataset-name.ts";

const table = { schema: "shop", name: "orders" };
const login = { host: "db.example.com", database: "sales", username: "u", password: "hunter22" };

it.each([
  ["postgres", login, table, "postgres://db.example.com:5432", "sales.shop.orders"],
  ["postgres", { ...login, port: 6432 }, { name: "t" }, "postgres://db.example.com:6432", "sales.public.t"],
  ["postgres", { ...login, host: "::1", schema: "s" }, { name: "t" }, "postgres://[::1]:5432", "sales.s.t"],
  ["mysql", login, { name: "orders" }, "mysql://db.example.com:3306", "sales.orders"],
  ["mysql", login, table, "mysql://db.example.com:3306", "shop.orders"],
  [
    "snowflake",
    { account: "org-acc", database: "D", schema: "S" },
    { name: "T" },
    "snowflake://org-acc",
    "D.S.T",
  ],
] as const)("a table of %s", (connector, config, ref, namespace, name) =>
  expect(tableDatasetName(connector, config, ref)).toEqual({ namespace, name }),
);

const daily = { path: "/in/orders", pattern: { value: "*.csv" } };
it.each([
  ["local_fs", undefined, daily, "file", "/in/orders/*.csv"],
  ["local_fs", undefined, { path: "/in/a.csv" }, "file", "/in/a.csv"],
  ["s3", { bucket: "b", secret_access_key: "k" }, { path: "in/a.csv" }, "s3://b", "in/a.csv"],
  ["gcs", { bucket: "b" }, daily, "gs://b", "in/orders/*.csv"],
  [
    "azure_blob",
    { account: "acc", container: "box" },
    { path: "a.csv" },
    "wasbs://box@acc.dfs.core.windows.net",
    "a.csv",
  ],
  ["sftp", { host: "h", path: "/out" }, { pattern: { value: "*.csv" } }, "file://h", "/out/*.csv"],
  ["ftp", { host: "h" }, { path: "/out/a.csv" }, "file://h", "/out/a.csv"],
  [
    "http_pull",
    { url: "https://u:p@data.example.com/exports/?token=1" },
    { path: "a.csv" },
    "https://data.example.com",
    "/exports/a.csv",
  ],
  ["http_pull", { url: "https://h:8443/a.csv" }, { path: "a.csv" }, "https://h:8443", "/a.csv"],
] as const)("files of %s", (connector, config, where, namespace, name) =>
  expect(fileDatasetName(connector, config, where)).toEqual({ namespace, name }),
);
