"use client";
import { Code, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { TableFrame } from "#components/ui/table-frame.tsx";
import classes from "./docs.module.css";
import { type OpenApi, resolve, type Schema, typeName } from "./openapi.ts";

/** Deepest level that unfolds; recursive schemas end here. */
const DEPTH = 6;

/** A schema as a list of its members; members that have members of their own unfold. */
export function SchemaView({
  document,
  schema,
  depth = 0,
}: {
  document: OpenApi;
  schema: Schema;
  depth?: number;
}) {
  const inner = membersOf(document, schema);
  if (!inner) {
    return (
      <Text fz="sm" ff="monospace">
        {typeName(document, schema)}
      </Text>
    );
  }
  return (
    <div className={depth === 0 ? classes.schema : classes.inner}>
      {inner.variants ? (
        inner.variants.map((variant, index) => (
          <div key={`${typeName(document, variant)}${String(index)}`} className={classes.variant}>
            <Text fz="xs" c="dimmed">
              {index === 0 ? "One of" : "or"} {resolve(document, variant).name ?? variant.title ?? ""}
            </Text>
            <SchemaView document={document} schema={variant} depth={depth + 1} />
          </div>
        ))
      ) : (
        <ul className={classes.members}>
          {Object.entries(inner.properties ?? {}).map(([name, member]) => (
            <Member
              key={name}
              document={document}
              name={name}
              schema={member}
              required={inner.required?.includes(name) ?? false}
              depth={depth}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function Member({
  document,
  name,
  schema,
  required,
  depth,
}: {
  document: OpenApi;
  name: string;
  schema: Schema;
  required: boolean;
  depth: number;
}) {
  const [open, setOpen] = useState(false);
  const resolved = resolve(document, schema).schema;
  const nested = depth < DEPTH ? nestedOf(document, schema) : undefined;
  const head = (
    <>
      <span className={classes.memberName}>{name}</span>
      <span className={classes.memberType}>{typeName(document, schema)}</span>
      {required ? <span className={classes.required}>required</span> : null}
    </>
  );
  return (
    <li>
      {nested ? (
        <UnstyledButton className={classes.memberHead} onClick={() => setOpen(!open)} aria-expanded={open}>
          <IconChevronRight size={13} className={classes.chevron} aria-hidden />
          {head}
        </UnstyledButton>
      ) : (
        <div className={classes.memberHead}>{head}</div>
      )}
      <Facts schema={{ ...resolved, ...schema }} />
      {nested && open ? <SchemaView document={document} schema={nested} depth={depth + 1} /> : null}
    </li>
  );
}

function Facts({ schema }: { schema: Schema }) {
  const facts = [
    schema.default === undefined ? undefined : `default ${JSON.stringify(schema.default)}`,
    schema.minimum === undefined || schema.minimum < -1e15 ? undefined : `at least ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum > 1e15 ? undefined : `at most ${schema.maximum}`,
    schema.maxLength === undefined ? undefined : `up to ${schema.maxLength} characters`,
    schema.maxItems === undefined ? undefined : `up to ${schema.maxItems} items`,
  ].filter(Boolean);
  if (!schema.description && facts.length === 0) return null;
  return (
    <Text fz="xs" c="dimmed" className={classes.facts}>
      {[schema.description, facts.join(", ")].filter(Boolean).join(" · ")}
    </Text>
  );
}

/** What unfolds below a member: its own members, or those of its items. */
function nestedOf(document: OpenApi, given: Schema): Schema | undefined {
  const { schema } = resolve(document, given);
  if (membersOf(document, schema)) return schema;
  if (schema.items && membersOf(document, schema.items)) return schema.items;
  const only = (schema.anyOf ?? schema.oneOf)?.filter((one) => one.type !== "null");
  return only?.length === 1 && only[0] ? nestedOf(document, only[0]) : undefined;
}

function membersOf(document: OpenApi, given: Schema): (Schema & { variants?: Schema[] }) | undefined {
  const { schema } = resolve(document, given);
  if (schema.properties && Object.keys(schema.properties).length > 0) return schema;
  const variants = (schema.anyOf ?? schema.oneOf)?.filter((one) => nestedOf(document, one));
  return variants && variants.length > 1 ? { ...schema, variants } : undefined;
}

/** Path and query parameters, as a table. */
export function Parameters({
  document,
  rows,
}: {
  document: OpenApi;
  rows: import("./openapi.ts").Parameter[];
}) {
  return (
    <TableFrame label="Parameters" minWidth={420}>
      <thead>
        <tr>
          <th>Parameter</th>
          <th>In</th>
          <th>Type</th>
          <th>Meaning</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.in}${row.name}`}>
            <td>
              <Code>{row.name}</Code>{" "}
              {row.required ? <span className={classes.required}>required</span> : null}
            </td>
            <td>{row.in}</td>
            <td className={classes.memberType}>{typeName(document, row.schema ?? {})}</td>
            <td>
              {row.description ?? row.schema?.description}
              {row.schema?.default === undefined ? null : ` Default ${JSON.stringify(row.schema.default)}.`}
            </td>
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
