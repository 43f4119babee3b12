// The real server and a real browser.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const run = promisify(execFile);
const repository = fileURLToPath(new URL("../..", import.meta.url));
const { chromium } = createRequire(join(repository, ".tools/npm/"))("playwright-core");

/** Compiles the server and returns its path. Nothing stays after the test t. */
export async function build(t) {
  const folder = await mkdtemp(join(tmpdir(), "cnsd-"));
  t.after(() => rm(folder, { recursive: true }));
  const binary = join(folder, "cnsd");
  await run("go", ["build", "-o", binary, "./cmd/cnsd"], { cwd: repository });
  return binary;
}

/** Runs a server until the test t ends, and returns its URL. */
export async function start(t, binary, environment) {
  const server = spawn(binary, { env: { PORT: "0", CNS_RATE_LIMIT: "0", ...environment }, stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => server.kill("SIGKILL"));
  const log = createInterface({ input: server.stderr }); // read to its end, so that logging never blocks the server
  const port = await new Promise((resolve, reject) => {
    log.on("line", (line) => {
      const { address } = JSON.parse(line);
      if (address) {
        resolve(address.slice(address.lastIndexOf(":") + 1));
      }
    });
    log.on("close", () => reject(new Error("the server ended")));
  });
  return `http://127.0.0.1:${port}`;
}

/** Opens a browser, which knows no host but this one, until the test t ends. */
export async function browse(t) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-quic"],
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens a page that may load nothing but what the server has. When the test t ends, the page must have reported no error; broken
 * rules of its Content-Security-Policy are among them. Then its screenshot is kept, whether the test failed or not.
 */
export async function visit(t, browser, server, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults = [];
  await context.route("**/*", (route, request) => {
    if (new URL(request.url()).origin === server) {
      return route.continue();
    }
    faults.push(`request to ${request.url()}`);
    return route.abort();
  });
  page.on("requestfailed", (request) => faults.push(`no answer to ${request.url()}: ${request.failure()?.errorText}`));
  page.on("pageerror", (error) => faults.push(`uncaught ${error}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      faults.push(`${message.type()} in the console: ${message.text()} (${message.location().url})`);
    }
  });
  t.after(async () => {
    const name = t.name.replace(/\W+/g, "-");
    await page.screenshot({ path: fileURLToPath(new URL(`artifacts/${name}.png`, import.meta.url)) });
    await context.close();
    if (faults.length > 0) {
      throw new Error(faults.join("\n"));
    }
  });
  await page.goto(server);
  return page;
}
