import type { z } from "zod";
import { type Db, isUniqueViolation, type Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { hashPassword } from "./password.ts";
import { EmailSchema } from "./schema.ts";

/** A new person. Without a password they sign in by link or single sign-on. */
export type NewUser = { email: z.input<typeof EmailSchema>; name?: string; password?: string };

/**
 * Makes an account; it is a member of nothing yet.
 * @throws AppError `already_exists` if the address has one.
 */
export async function createUser(db: Db | Tx, user: NewUser): Promise<{ id: string; email: string }> {
  const email = EmailSchema.parse(user.email);
  const passwordHash = user.password === undefined ? null : await hashPassword(user.password);
  try {
    return await db.user.create({
      data: { email, name: user.name, passwordHash },
      select: { id: true, email: true },
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw new AppError("already_exists", `${email} has an account already.`);
    throw error;
  }
}
