import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { NotStarted, startProgram } from "./started-program.ts";

const PYTHON = "/usr/bin/python3";
const REGION = "us-east-1";
/** It says its port in a line of its own, and ends with this code where the folder takes no attributes. */
const PORT = /^(\d+)$/m;
const NO_ATTRIBUTES = 3;
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

/** Nothing where the folder takes no attributes. */
async function startIn(folder: string, secret: string) {
  const script = path.join(import.meta.dirname, "swift-in-one.py");
  try {
    const { said, stop } = await startProgram({
      folder,
      program: PYTHON,
      words: [script, folder, REGION],
      env: { SWIFT_SECRET: secret, PYTHONDONTWRITEBYTECODE: "1" },
      ready: PORT,
      endWith: "SIGKILL",
    });
    return { port: Number(PORT.exec(said())?.[1]), stop };
  } catch (error) {
    if (error instanceof NotStarted && error.exitCode === NO_ATTRIBUTES) return undefined;
    throw error;
  }
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
