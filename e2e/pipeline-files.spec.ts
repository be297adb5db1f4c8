import { execFile } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { violationsInEachScheme } from "./accessibility.ts";
import { removeDataDir, startApp } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { createPipeline, loadFile, writeOrders } from "./sample.ts";

const run = promisify(execFile);

test("the examples of docs/cli.md work as they are written", async () => {
  test.setTimeout(240_000);
  // An application of its own: the page speaks of one without pipelines.
  const app = await startApp();
  const key = readFileSync(path.join(app.dataDir, "dev-key"), "utf8").trim();
  const env = {
    ...process.env,
    PATH: `${path.resolve("node_modules/.bin")}:${process.env.PATH}`,
    FORCE_COLOR: "0",
    PENSTOCK_URL: app.url,
    PENSTOCK_API_KEY: key,
    // Its files go when the application's data go.
    TMPDIR: app.files,
  };
  mkdirSync(app.files, { recursive: true });
  const guide = readFileSync("docs/cli.md", "utf8");
  const script = [...guide.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, code]) => code).join("\n");
  const { stdout, stderr } = await run("bash", ["--norc", "-euo", "pipefail", "-c", `${script}\n`], {
    env,
    timeout: 200_000,
  })
    .catch((error: { code: number; stdout: string; stderr: string }) => {
      throw new Error(`It ended with ${error.code}:\n${error.stdout}\n${error.stderr}`);
    })
    .finally(async () => {
      await app.stop();
      removeDataDir(app.dataDir);
    });
  const said = stdout.replaceAll(/\S+\/pipelines\//g, "");
  expect(said).toContain("orders-daily.yaml: valid\n");
  expect(said).toContain("orders-daily.yaml: orders-daily would be created\n  + ");
  expect(said).toContain("orders-daily.yaml: orders-daily created, version 1\n");
  expect(said).toMatch(/^completed: 2 read, 2 loaded, 0 rejected$/m);
  expect(said).toMatch(/^orders-daily +1 +none +completed$/m);
  expect(said).toContain("would go from version 1 to 2\n  ~ modify load.loadMode: append → truncate\n");
  expect(said).toContain("orders-daily.yaml: orders-daily updated, version 2\n");
  expect(said.split("orders-daily is unchanged (version 2)").length).toBeGreaterThan(3);
  expect(said).toMatch(/^\d{4}-\S+Z info /m);
  expect(stdout + stderr).not.toContain(key);
});

test("a pipeline is exported, edited, looked at as a file, and applied", async ({
  page,
  app,
  complaints,
}) => {
  const { file } = writeOrders(path.join(app.files, "as-a-file"));
  await createPipeline(app, loadFile("as-a-file", file, "shop.as_a_file"));
  await page.goto("/data/pipelines/as-a-file");
  await page.getByRole("button", { name: "More actions" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as YAML" }).click();
  const got = await download;
  expect(got.suggestedFilename()).toBe("as-a-file.yaml");
  const yaml = readFileSync(await got.path(), "utf8");
  expect(yaml).toMatch(/^# Penstock pipeline: as-a-file\n# Version: 1\n\nkind: pipeline\n/);

  await page.goto("/data/pipelines");
  await page.getByRole("button", { name: "New pipeline" }).click();
  await page.getByRole("menuitem", { name: "Import a file" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a pipeline" });
  const choose = (name: string, text: string) =>
    dialog
      .locator("input[type=file]")
      .setInputFiles({ name, mimeType: "application/yaml", buffer: Buffer.from(text) });
  const apply = dialog.getByRole("button", { name: "Apply" });

  await choose("same.yaml", yaml);
  await expect(
    dialog.getByText("as-a-file is the same as version 1: there is nothing to apply"),
  ).toBeVisible();
  await expect(apply).toBeDisabled();

  const line = yaml.split("\n").findIndex((one) => one.includes("kind: target")) + 1;
  await choose("wrong.yaml", yaml.replace("kind: target", "kind: tarket"));
  await expect(dialog.getByText(`wrong.yaml:${line}:5`)).toBeVisible();
  await expect(dialog.getByText('did you mean "target"?')).toBeVisible();
  await expect(apply).toBeDisabled();
  expect(await violationsInEachScheme(page)).toEqual([]);

  // Dropped this time, as from a desktop.
  const edited = yaml.replace("name: Load as-a-file", "name: Orders by file");
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "edited.yaml", { type: "application/yaml" }));
    return data;
  }, edited);
  await dialog
    .getByRole("region", { name: "File to import" })
    .dispatchEvent("drop", { dataTransfer: transfer });
  await expect(dialog.getByText("as-a-file will go from version 1 to 2")).toBeVisible();
  await expect(dialog.getByRole("region", { name: "Difference, line by line" })).toContainText(
    "Orders by file",
  );
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await violationsInEachScheme(page)).toEqual([]);
  await apply.click();
  await page.waitForURL(/\/data\/pipelines\/as-a-file$/);
  await expect(page.getByText("Version 2", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Orders by file" })).toBeVisible();
  expect(complaints).toEqual([]);
});
