import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const START_MS = 40_000;
const PYTHON = "/usr/bin/python3";
const REGION = "us-east-1";
const SERVERS = ["proxy", "account", "container", "object"];

/** Credentials of one user. */
export type S3User = { access_key_id: string; secret_access_key: string };

/** OpenStack Swift with its S3 API: signatures, ranges, conditions, and pages of 20 keys. */
export type SwiftS3 = {
  endpoint: string;
  port: number;
  region: string;
  /** May do everything. */
  owner: S3User;
  /** Is known, and may do nothing. */
  stranger: S3User;
  makeBucket: (name: string) => Promise<void>;
  put: (bucket: string, key: string, body: string | Buffer) => Promise<void>;
  stop: () => Promise<void>;
};

/** Whether it is installed (Debian: swift-proxy swift-account swift-container swift-object). */
export const findSwift = (): boolean => SERVERS.every((name) => existsSync(`/usr/bin/swift-${name}-server`));

/**
 * Starts it on free loopback ports, with one copy of everything. It writes file attributes, which not every temporary
 * folder has.
 * @param secret both users' secret access key.
 * @throws Error if it is not installed or does not come up.
 */
export async function startSwiftS3(secret: string): Promise<SwiftS3> {
  if (!findSwift())
    throw new Error(`Swift is not installed: apt-get install ${SERVERS.map((s) => `swift-${s}`).join(" ")}`);
  for (const place of [tmpdir(), "/var/tmp"]) {
    const started = await startIn(mkdtempSync(path.join(place, "penstock-swift-")), secret);
    if (started) return described(started.port, secret, started.stop);
  }
  throw new Error("Swift needs a temporary folder with user attributes");
}

async function startIn(folder: string, secret: string) {
  const script = path.join(import.meta.dirname, "swift-in-one.py");
  const child = spawn(PYTHON, [script, folder, REGION], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SWIFT_SECRET: secret, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    process.removeListener("exit", kill);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-10_000);
  });
  const signal = AbortSignal.timeout(START_MS);
  const [first] = await Promise.race([once(child.stdout, "data", { signal }), once(child, "close")]).catch(
    () => [undefined],
  );
  const port = Number(first instanceof Buffer ? first.toString() : "");
  if (port > 0) return { port, stop };
  const { exitCode } = child;
  await stop();
  if (exitCode === 3) return undefined;
  throw new Error(`Swift did not start:\n${said}`);
}

function described(port: number, secret: string, stop: () => Promise<void>): SwiftS3 {
  const endpoint = `http://127.0.0.1:${port}`;
  const owner = { access_key_id: "test:owner", secret_access_key: secret };
  const client = new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: owner.access_key_id, secretAccessKey: secret },
    // Swift does not know the checksums that the client would add.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return {
    endpoint,
    port,
    region: REGION,
    owner,
    stranger: { access_key_id: "other:stranger", secret_access_key: secret },
    makeBucket: async (Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket }));
    },
    put: async (Bucket, Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
