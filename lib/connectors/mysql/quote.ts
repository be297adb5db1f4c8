/** A name in a statement. */
export const quoteName = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/** A text in a statement, written as its bytes: no sql_mode of the server reads them otherwise. */
export const quoteText = (text: string): string => `_utf8mb4 x'${Buffer.from(text, "utf8").toString("hex")}'`;
