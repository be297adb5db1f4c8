import { rmSync } from "node:fs";
import path from "node:path";
import { type Receiver, startReceiver } from "../tests/servers/receiver.ts";
import { violationsInEachScheme } from "./accessibility.ts";
import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { createPipeline, loadFile, requestRun, writeOrders } from "./sample.ts";

let receiver: Receiver;
test.beforeEach(async () => {
  receiver = await startReceiver();
});
test.afterEach(() => receiver.stop());

/** Has a run fail: its file is gone. @returns the run's id. */
async function failRun(app: App, name: string): Promise<string> {
  const folder = path.join(app.files, name);
  const { file } = writeOrders(folder);
  const pipeline = await createPipeline(app, loadFile(name, file, `shop.${name.replaceAll("-", "_")}`));
  rmSync(file);
  return requestRun(app, pipeline);
}

const alerts = () => receiver.received.filter(({ body }) => (body as { type: string }).type === "run.failed");

test("a webhook is added, tried, told of a run that failed, and sent again what it did not take", async ({
  app,
  page,
  complaints,
}) => {
  const messages = page.getByRole("dialog", { name: "Messages to On call" });

  await test.step("nobody is told to begin with", async () => {
    await page.goto("/settings?tab=alerts");
    await expect(page.getByText("Nobody is told yet")).toBeVisible();
    expect(await violationsInEachScheme(page)).toEqual([]);
  });

  await test.step("the channel is tried before it is saved", async () => {
    await page.getByRole("button", { name: "Add channel" }).click();
    const form = page.getByRole("dialog", { name: "Add channel" });
    await form.getByLabel("Name").fill("On call");
    await form.getByLabel("Address").fill(`${receiver.url}/in`);
    await form.getByRole("button", { name: "Generate" }).click();
    receiver.answers.push(404);
    await form.getByRole("button", { name: "Send a test" }).click();
    await expect(form.getByText("The receiver answered 404")).toBeVisible();
    await form.getByRole("button", { name: "Send a test" }).click();
    await expect(form.getByText("The receiver answered 204.")).toBeVisible();
    expect(receiver.received.at(-1)?.headers["webhook-signature"]).toMatch(/^v1,/);
    expect(await violationsInEachScheme(page)).toEqual([]);
    await form.getByRole("button", { name: "Add channel" }).click();
    await expect(form).toBeHidden();
    await expect(page.getByRole("cell", { name: `${receiver.url}/in` })).toBeVisible();
    expect(await violationsInEachScheme(page)).toEqual([]);
  });

  await test.step("a run fails, and the receiver is told where to look", async () => {
    const run = await failRun(app, "alerts-one");
    await expect.poll(() => alerts().length, { timeout: 45_000 }).toBe(1);
    expect(alerts()[0]?.body).toMatchObject({
      data: { run: { id: run, url: `${app.url}/data/runs/${run}` }, pipeline: { slug: "alerts-one" } },
    });
    await page.getByRole("button", { name: "Messages to On call" }).click();
    await expect(messages.getByText("Delivered")).toBeVisible();
    await expect(messages.getByRole("link", { name: "Open the run" })).toHaveAttribute(
      "href",
      `/data/runs/${run}`,
    );
    await page.keyboard.press("Escape");
  });

  await test.step("what it refused is sent again when a person asks", async () => {
    receiver.answers.push(500);
    await failRun(app, "alerts-two");
    await expect.poll(() => alerts().length, { timeout: 45_000 }).toBe(2);
    await page.getByRole("button", { name: "Messages to On call" }).click();
    await expect(messages.getByText("The receiver answered 500")).toBeVisible();
    expect(await violationsInEachScheme(page)).toEqual([]);
    await messages.getByRole("button", { name: "Try again" }).click();
    await expect(messages.getByText("Delivered")).toHaveCount(2);
    const [, refused, again] = alerts();
    expect(again?.headers["webhook-id"]).toBe(refused?.headers["webhook-id"]);
    await page.keyboard.press("Escape");
  });

  await test.step("it is switched off and deleted", async () => {
    const on = page.getByRole("switch", { name: "On call is on" });
    await on.press("Space");
    await expect(on).not.toBeChecked();
    await page.getByRole("button", { name: "Delete On call" }).click();
    await page.getByRole("textbox").fill("On call");
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await expect(page.getByText("Nobody is told yet")).toBeVisible();
  });
  expect(complaints).toEqual([]);
});

test("alerts are set up on a narrow screen", async ({ app, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const made = await app.api("/api/v1/settings/channels", {
    method: "POST",
    body: JSON.stringify({
      name: "Narrow",
      kind: "email",
      topics: ["run.failed"],
      config: { host: "mail.example.org", from: "penstock@example.org", to: ["operations@example.org"] },
    }),
  });
  const { id } = await made.json();
  await page.goto("/settings?tab=alerts");
  await page.getByRole("button", { name: "Edit Narrow" }).click();
  const form = page.getByRole("dialog", { name: "Edit Narrow" });
  await expect(form.getByLabel("Mail server")).toHaveValue("mail.example.org");
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(await wide()).toBe(false);
  expect(await violationsInEachScheme(page)).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await wide()).toBe(false);
  expect((await app.api(`/api/v1/settings/channels/${id}`, { method: "DELETE" })).status).toBe(204);
});
