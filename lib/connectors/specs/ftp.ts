import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { certificate, folder, host, port, secret, text } from "./fields.ts";

/** How to reach files over FTP. */
export const FtpSourceConfig = z.strictObject({
  host: host({ placeholder: "ftp.example.com" }),
  port: port(21).default(21),
  username: text({ title: "Username" }),
  password: secret({ title: "Password" }),
  tls: z.enum(["off", "require", "verify"]).default("require").meta({
    title: "Encryption",
    description:
      "require encrypts (explicit TLS), verify also checks who answers; off sends the password readable",
  }),
  ssl_root_cert: certificate("Root certificate").optional(),
  path: folder("Folder", "Look only here; without it in the folder one signs in to").optional(),
});
export type FtpSourceConfig = z.infer<typeof FtpSourceConfig>;

export const ftpSpec: ConnectorSpec<typeof FtpSourceConfig> = {
  name: "ftp",
  title: "FTP",
  aliases: ["ftp", "ftps"],
  family: "file",
  guided: false,
  config: FtpSourceConfig,
};
