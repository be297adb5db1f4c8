import { Prisma } from "#lib/db.ts";

/**
 * Retrieval rows also hold a word for their stretch of 2^15 LSNs, so that the newest rows of a common word are found
 * without reading all the others.
 */
export const LSN_BUCKET_BITS = 15;

/** A whole lexeme as the text of a tsquery, whatever characters it holds. */
export function quoteLexeme(lexeme: string): string {
  return `'${lexeme.replace(/[\\']/g, (sign) => sign + sign)}'`;
}

/**
 * Letters only, of any script: no ASCII sign that is not a letter. Written as code points, so that it does not hang on the
 * database's locale.
 */
export const LETTERS = Prisma.raw(String.raw`~ '^[^\x01-\x40\x5b-\x60\x7b-\x7f]{3,24}$'`);

/**
 * Distinct words (3 to 24 letters) of the rows of a CTE that has `tenantId` and `terms`. Each is looked at once, not once
 * for each row that holds it.
 */
export function wordsOfSql(cte: string): Prisma.Sql {
  return Prisma.sql`select l."tenantId", l."term" from (
    select distinct r."tenantId", unnest(tsvector_to_array(r."terms")) as "term" from ${Prisma.raw(cte)} r offset 0) l
    where l."term" ${LETTERS}`;
}

/**
 * Words of the rows of `removed` (`lsn`, `tenantId`, `terms`) that no other retrieval row holds, nor the CTE `added`
 * (`tenantId`, `term`). The newest stretch is looked at first: a common word is found there without reading its many rows.
 */
export function unusedTermsSql(removed: string, added?: string): Prisma.Sql {
  const kept = added
    ? Prisma.sql`where not exists (select from ${Prisma.raw(added)} a
        where a."tenantId" = w."tenantId" and a."term" = w."term")`
    : Prisma.empty;
  const rows = (word: Prisma.Sql) => Prisma.sql`(select count(*) from "Projection" p
    where p."tenantId" = w."tenantId" and p."lsn" <> all (select "lsn" from ${Prisma.raw(removed)})
    and p."terms" @@ (quote_literal(w."term")::tsquery && ${word}))`;
  const quoted = (text: Prisma.Sql) =>
    Prisma.sql`('''' || replace(replace(${text}, '\\', '\\\\'), '''', '''''') || '''')::tsquery`;
  const newest = Prisma.sql`(select max(n."lsn") from "Projection" n where n."tenantId" = w."tenantId")`;
  const bucket = quoted(
    Prisma.sql`'@' || (coalesce(${newest}, 0) >> ${LSN_BUCKET_BITS}::int) || '@' || w."tenantId"`,
  );
  const tenant = quoted(Prisma.sql`'@tenant=' || w."tenantId"`);
  return Prisma.sql`select w."tenantId", w."term" from (${wordsOfSql(removed)}) w ${kept}
    ${added ? Prisma.sql`and` : Prisma.sql`where`} case when ${rows(bucket)} > 0 then false else ${rows(tenant)} = 0 end`;
}
