import { z } from "zod";
import { RoleSchema } from "#lib/access/schema.ts";

/** An e-mail address, kept in lower case. */
export const EmailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email().max(254))
  .meta({ description: "E-mail address" });

/** A password: long rather than strange (NIST SP 800-63B). */
export const PasswordSchema = z.string().min(12).max(200);

/** One or more roles, each once. */
export const RolesSchema = z
  .array(RoleSchema)
  .min(1)
  .max(4)
  .transform((roles) => [...new Set(roles)]);

const IdSchema = z.string().min(1).max(200);

/** A member of the tenant. */
export const MemberSchema = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  roles: z.array(RoleSchema),
  createdAt: z.iso.datetime(),
});

/** A list of members. */
export const MemberListSchema = z.object({ data: z.array(MemberSchema) });

/** Invites someone: the answer carries a one-time link to sign in with. */
export const AddMemberInput = z.strictObject({
  email: EmailSchema,
  name: z.string().trim().min(1).max(200).optional(),
  roles: RolesSchema,
});

/** The new member, and the link for them if they have no account yet. */
export const AddMemberOutput = MemberSchema.extend({ signInUrl: z.string().optional() });

/** Changes what a member may do. */
export const UpdateMemberInput = z.strictObject({ roles: RolesSchema });

/** Names a member in a path. */
export const MemberParams = z.object({ userId: IdSchema });

/** A program's credential, without its secret. */
export const ApiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["api", "gateway"]),
  prefix: z.string().meta({ description: "The secret's first characters, to recognise it by" }),
  roles: z.array(RoleSchema),
  tenants: z.array(z.string()),
  agentId: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  lastUsedAt: z.iso.datetime().nullable(),
});

/** A list of keys. */
export const ApiKeyListSchema = z.object({ data: z.array(ApiKeySchema) });

/** Makes a key. A gateway key may speak for users of `tenants`, within `roles`. */
export const CreateApiKeyInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  kind: z.enum(["api", "gateway"]).default("api"),
  roles: RolesSchema.optional(),
  tenants: z.array(IdSchema).min(1).max(100).optional(),
  agentId: z.string().trim().min(1).max(200).optional(),
  expiresInDays: z.int().min(1).max(3650).optional(),
});

/** The new key with its secret, shown this once. */
export const CreateApiKeyOutput = ApiKeySchema.extend({ secret: z.string() });

/** Names a key in a path. */
export const ApiKeyParams = z.object({ id: IdSchema });

/** Who is asking, and where they may go. */
export const MeSchema = z.object({
  userId: z.string(),
  tenantId: z.string(),
  roles: z.array(RoleSchema),
  name: z.string().nullable(),
  email: z.string().nullable(),
  tenants: z.array(z.object({ id: z.string(), name: z.string(), roles: z.array(RoleSchema) })),
});

/** Chooses the tenant to work in. */
export const ChooseTenantInput = z.strictObject({ tenantId: IdSchema });

/** A new password; the current one proves it is you, if there is one. */
export const ChangePasswordInput = z.strictObject({
  currentPassword: z.string().max(200).optional(),
  newPassword: PasswordSchema,
});

/** A link that signs its reader in once. */
export const SignInLinkSchema = z.object({ signInUrl: z.string() });
