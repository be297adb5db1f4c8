import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largeFile } from "#tests/files-kit.ts";
import { findSwift, type SwiftS3, startSwiftS3 } from "#tests/servers/swift-s3.ts";
import { connectS3 } from "./connect-s3.ts";

const SECRET = "a-secret-of-the-tests";

describe.skipIf(!findSwift())("moving a large object of a real S3 store", { timeout: 60_000 }, () => {
  let swift: SwiftS3;
  beforeAll(async () => {
    swift = await startSwiftS3(SECRET);
    await swift.makeBucket("large");
  }, 60_000);
  afterAll(() => swift?.stop());

  it("copies it in parts, and only below the prefix of the source", async () => {
    const { region, endpoint, owner } = swift;
    const content = largeFile(13_000_001);
    await swift.put("large", "in/a.bin", content);
    const config = { bucket: "large", region, endpoint, path_style: true, prefix: "in/", ...owner };
    const bucket = await connectS3(config, { copyBytes: 6 * 1_048_576 });
    try {
      await expect(bucket.writing?.move("in/a.bin", "out/a.bin")).rejects.toMatchObject({
        code: "write_denied",
      });
      await bucket.writing?.move("in/a.bin", "in/done/a.bin");
      expect(await bucket.find("in/a.bin")).toBeUndefined();
      const chunks: Buffer[] = [];
      for await (const chunk of (await bucket.open("in/done/a.bin")).stream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
    } finally {
      await bucket.close();
    }
  });
});
