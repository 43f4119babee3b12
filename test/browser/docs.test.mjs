// Uses the documentation page as people do, in a browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { browse, build, run, start, visit } from "./site.mjs";

test("documentation page", async (t) => {
  const binary = await build(t);
  const server = await start(t, binary, {});
  const restricted = await start(t, binary, {
    CNS_ALLOWED_ACCELERATORS: "h100,l40",
    CNS_ALLOWED_SERVICES: "gke",
    CNS_ALLOWED_INTENTS: "inference",
    CNS_ALLOWED_OS: "cos,ubuntu",
  });
  const browser = await browse(t);

  await t.test("front page", async (t) => {
    const page = await visit(t, browser, server);
    await page.locator("h2", { hasText: "Cloud Native Stack API" }).waitFor();
    assert.equal(page.url(), `${server}/docs`);
    const policy = (await page.request.get(page.url())).headers()["content-security-policy"];
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  });

  await t.test("restricted", async (t) => {
    const page = await visit(t, browser, restricted);
    await page.locator(".opblock").first().waitFor();
    const operations = await page.locator(".opblock").evaluateAll((blocks) => blocks.map((block) => block.id));
    assert.ok(operations.length > 10, `operations: ${operations}`);
    for (const id of operations) {
      const { status, command } = await execute(await tryOut(page, id));
      assert.equal(status, "200", `${id}, as the page fills it in: ${command}`);
      await page.locator(`#${id} .opblock-summary-control`).click();
    }

    await page.locator("#operations-Recipes-getRecipe .opblock-summary-control").click();
    const accelerators = ["h100", "l40", "any"];
    const want = { service: ["gke", "any"], accelerator: accelerators, gpu: accelerators, intent: ["inference", "any"], os: ["ubuntu", "cos", "any"] };
    for (const [parameter, values] of Object.entries(want)) {
      const options = page.locator(`#operations-Recipes-getRecipe tr[data-param-name="${parameter}"] option`);
      assert.deepEqual(await options.allTextContents(), ["--", ...values], parameter);
    }
  });

  await t.test("recipe", async (t) => {
    const page = await visit(t, browser, server);
    const operation = await tryOut(page, "operations-Recipes-getRecipe");
    for (const [parameter, value] of Object.entries({ service: "eks", accelerator: "gb200", intent: "training", os: "ubuntu" })) {
      await operation.locator(`tr[data-param-name="${parameter}"] select`).selectOption(value);
    }
    await operation.locator('tr[data-param-name="nodes"] input').fill("8");
    const json = await execute(operation);
    assert.equal(json.status, "200");
    const recipe = JSON.parse(await json.body());
    assert.deepEqual(recipe, JSON.parse(await curl(json)));
    assert.deepEqual(recipe.criteria, { service: "eks", accelerator: "gb200", intent: "training", os: "ubuntu", nodes: 8 });

    await mediaType(operation).selectOption("application/yaml");
    const yaml = await execute(operation);
    assert.match(await yaml.body(), /^apiVersion: /m);
    assert.equal(await yaml.body(), (await curl(yaml)).toString().trim());
  });

  await t.test("criteria document", async (t) => {
    const page = await visit(t, browser, server);
    const operation = await tryOut(page, "operations-Recipes-resolveRecipe");
    const json = await execute(operation);
    assert.equal(json.status, "200");
    assert.equal(JSON.parse(await json.body()).criteria.accelerator, "gb200");
    assert.deepEqual(JSON.parse(await json.body()), JSON.parse(await curl(json)));

    await operation.getByLabel("Request content type").selectOption("application/yaml");
    await operation.locator("textarea").fill("kind: recipeCriteria\napiVersion: cns.nvidia.com/v1alpha1\nspec: {service: gke, os: cos}\n");
    const yaml = await execute(operation);
    assert.equal(JSON.parse(await yaml.body()).criteria.service, "gke");
    assert.deepEqual(JSON.parse(await yaml.body()), JSON.parse(await curl(yaml)));
  });

  await t.test("bundle", async (t) => {
    const page = await visit(t, browser, server);
    const operation = await tryOut(page, "operations-Bundles-createBundle");
    await operation.locator('tr[data-param-name="deployer"] select').selectOption("argocd");
    const set = operation.locator('tr[data-param-name="set"]');
    for (const [i, value] of ["gpu-operator:driver.version=580.178.04", "gpu-operator:toolkit.env[0].name=A & B"].entries()) {
      await set.locator(".json-schema-form-item-add").click();
      await set.locator("input").nth(i).fill(value);
    }
    const zip = await execute(operation);
    assert.equal(zip.status, "200", zip.command);
    assert.match(zip.command, /set=gpu-operator%3Adriver.version%3D580.178.04&set=gpu-operator%3Atoolkit/);
    await download(page, operation, "bundle.zip", await curl(zip));

    await mediaType(operation).selectOption("application/gzip");
    await download(page, operation, "bundle.tar.gz", await curl(await execute(operation)));
  });

  await t.test("phone", async (t) => {
    const page = await visit(t, browser, server, { viewport: { width: 360, height: 800 }, isMobile: true, hasTouch: true });
    const recipe = await tryOut(page, "operations-Recipes-getRecipe");
    assert.equal((await execute(recipe)).status, "200");
    const bundle = await tryOut(page, "operations-Bundles-createBundle");
    await download(page, bundle, "bundle.zip", await curl(await execute(bundle)));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 360, "the page is wider than the screen");
  });
});

/** Opens an operation for trying it out. */
async function tryOut(page, id) {
  const operation = page.locator(`#${id}`);
  await operation.locator(".opblock-summary-control").click();
  await operation.locator(".try-out__btn").click();
  return operation;
}

/** Executes an operation and returns what the page shows of it: status, body if it is text, and the command of curl that does the same. */
async function execute(operation) {
  const clear = operation.locator(".btn-clear");
  if (await clear.isVisible()) {
    await clear.click(); // so that nothing is left of an earlier answer
  }
  await operation.locator(".execute").click();
  const answer = operation.locator(".live-responses-table tr.response");
  await answer.waitFor();
  return {
    status: (await answer.locator(".response-col_status").innerText()).trim(),
    body: async () => (await answer.locator(".highlight-code code").innerText()).trim(),
    command: await operation.locator(".curl-command code").innerText(),
  };
}

/** Runs the command of curl that the page shows, and returns its answer. */
async function curl({ command }) {
  return (await run("bash", ["-c", `${command} --silent --fail`], { encoding: "buffer", maxBuffer: 1 << 26 })).stdout;
}

/** Where the format of the answer is chosen. */
function mediaType(operation) {
  return operation.locator('.responses-table:not(.live-responses-table) tr[data-code="200"]').getByLabel("Media Type");
}

/** Saves the answer, which must have this name and these bytes. */
async function download(page, operation, name, bytes) {
  const [file] = await Promise.all([page.waitForEvent("download"), operation.locator("a[download]").click()]);
  assert.equal(file.suggestedFilename(), name);
  assert.ok(bytes.length > 5000, `${bytes.length} bytes`);
  assert.ok(bytes.equals(await readFile(await file.path())), "the download differs from what curl gets");
}
