import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "../services.ts";
import { findProgram, serverFolder, startProgram } from "./started-program.ts";

/** nginx with the pages of folders on: `/open/`, `/locked/` (basic authentication), `/closed/` (403). */
export type WebServer = {
  url: string;
  /** The same over TLS, if a certificate was given. */
  secureUrl: string;
  port: number;
  username: string;
  password: string;
  /** The folder of `/open/` and `/locked/`. */
  files: string;
  stop: () => Promise<void>;
};

/** Whether nginx is installed (Debian: nginx-light). */
export const findNginx = (): string | undefined => findProgram("/usr/sbin/nginx");

/** Starts it on free loopback ports. @throws Error if it is not installed or does not come up. */
export async function startNginx({
  tls,
  password,
}: {
  tls: { cert: string; key: string };
  password: string;
}): Promise<WebServer> {
  const program = findNginx();
  if (!program) throw new Error("nginx is not installed: apt-get install nginx-light");
  const folder = serverFolder("nginx");
  const files = path.join(folder, "files");
  mkdirSync(files);
  const [port, securePort] = [await freePort(), await freePort()];
  const hash = execFileSync("openssl", ["passwd", "-apr1", "-stdin"], { input: password, encoding: "utf8" });
  writeFileSync(path.join(folder, "users"), `reader:${hash}`);
  writeFileSync(path.join(folder, "server.crt"), tls.cert);
  writeFileSync(path.join(folder, "server.key"), tls.key, { mode: 0o600 });
  // As root it would read the files as somebody else.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join("\n  ");
  writeFileSync(
    path.join(folder, "nginx.conf"),
    `${user}
daemon off;
pid ${folder}/pid;
error_log stderr;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary}
  types { text/html html; text/csv csv; }
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${securePort} ssl;
    ssl_certificate ${folder}/server.crt;
    ssl_certificate_key ${folder}/server.key;
    root ${folder};
    autoindex on;
    location /open/ { alias ${files}/; }
    location /locked/ { alias ${files}/; auth_basic "files"; auth_basic_user_file ${folder}/users; }
    location /closed/ { return 403; }
    location /broken/ { return 500; }
    location /moved/ { return 302 http://127.0.0.1:${port}/open/; }
    location /elsewhere/ { return 302 http://169.254.169.254/latest/; }
    location /round/ { return 302 http://127.0.0.1:${port}/round/; }
  }
}
`,
  );
  const server = await startProgram({
    folder,
    program,
    words: ["-p", folder, "-c", "nginx.conf"],
    ready: port,
  });
  return {
    url: `http://127.0.0.1:${port}`,
    secureUrl: `https://localhost:${securePort}`,
    port,
    username: "reader",
    password,
    files,
    stop: server.stop,
  };
}
