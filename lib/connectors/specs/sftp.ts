import { z } from "zod";
import type { ConnectorSpec } from "../spec.ts";
import { folder, host, port, privateKey, secret, text } from "./fields.ts";

/** How to reach files over SSH. */
export const SftpSourceConfig = z
  .strictObject({
    host: host({ placeholder: "sftp.example.com" }),
    port: port(22).default(22),
    username: text({ title: "Username" }),
    password: secret({ title: "Password" }).optional(),
    private_key: privateKey("Private key", "Instead of the password").optional(),
    passphrase: secret({ title: "Passphrase", description: "Of the private key, if it has one" }).optional(),
    host_key: text(
      {
        title: "Host key",
        description:
          "The server's SHA-256 fingerprint; the first test shows it. Without it any server is believed",
        placeholder: "SHA256:…",
      },
      255,
      /^SHA256:[A-Za-z0-9+/]{43}=?$/,
      "must look like SHA256: and 43 characters",
    ).optional(),
    path: folder("Folder", "Look only here; without it in the folder one signs in to").optional(),
  })
  .refine(({ password, private_key }) => password !== undefined || private_key !== undefined, {
    path: ["password"],
    error: "give the password or a private key",
  });
export type SftpSourceConfig = z.infer<typeof SftpSourceConfig>;

export const sftpSpec: ConnectorSpec<typeof SftpSourceConfig> = {
  name: "sftp",
  title: "SFTP",
  aliases: ["sftp", "ssh", "ssh files"],
  family: "file",
  guided: false,
  config: SftpSourceConfig,
  alternatives: [["password", "private_key"]],
};
