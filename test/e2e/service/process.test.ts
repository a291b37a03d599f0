import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "vitest";
import { it, type Service, waitFor } from "../../helpers/service.ts";

it.concurrent("finishes a running job on SIGTERM and exits with 0", async ({ start }) => {
  const service = await start();
  const { promise: stopping, resolve: release } = withResolvers();
  // What is left to do then is little: a machine under load does it before the drain ends, too.
  await holdAnswer(service, /^GET .*\/pulls\/47$/, stopping);
  const exit = service.app.stop();
  await refusesConnections(service);
  release();
  expect(await exit).toBe(0);

  expect(service.app.logs.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["job done"]));
  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("gives a job back that outlasts the drain, and exits with 0", async ({ start }) => {
  const service = await start();
  const { promise: stopped, resolve: release } = withResolvers();
  // Asked first when the job begins and again before anything is written.
  await holdAnswer(service, /^GET .*\/pulls\/47$/, stopped);
  // Ends although the answer never comes: only then is it given.
  expect(await service.app.stop()).toBe(0);
  release();
  expect(service.writes()).toEqual([]);

  await service.restart();
  expect(await service.idle()).toMatchObject({ done: 1, failed: 0 });
  expect(service.findings()).toHaveLength(3);
  expect(service.comments()).toHaveLength(1);
});

it.concurrent("tells its health, and nothing to people who ask for more", async ({ start }) => {
  const service = await start();
  const health = await fetch(new URL("/healthz", service.app.webhookUrl));
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: "ok", queue: { waiting: 0, running: 0, done: 0, failed: 0 } });
  expect((await fetch(new URL("/", service.app.webhookUrl))).status).toBe(404);

  const forged = { method: "POST", headers: forgedHeaders, body: JSON.stringify({ action: "opened" }) };
  expect((await fetch(service.app.webhookUrl, forged)).status).toBeGreaterThanOrEqual(400);
  expect(await service.counts()).toEqual({ waiting: 0, running: 0, done: 0, failed: 0 });
});

const forgedHeaders = {
  "content-type": "application/json",
  "x-github-delivery": "1",
  "x-github-event": "pull_request",
  "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
};

it.concurrent.for<[what: string, env: (service: Service) => NodeJS.ProcessEnv, says: RegExp]>([
  [
    "its port is in use",
    ({ app }) => ({ PORT: new URL(app.webhookUrl).port }),
    /^error: port \d+ .* is in use\. .*PORT/,
  ],
  [
    "the secret is missing",
    () => ({ WEBHOOK_SECRET: "" }),
    /^error: the webhook secret is not set\. Set WEBHOOK_SECRET/,
  ],
  [
    "the secret can be guessed",
    () => ({ WEBHOOK_SECRET: "development" }),
    /^error: .* can be guessed\. Set WEBHOOK_SECRET/,
  ],
  ["the key is none", () => ({ PRIVATE_KEY: "x" }), /^error: PRIVATE_KEY is not a private key\. Use the \.pem file/],
])("does not start where %s: exit code 2 and one line", async ([, env, says], { start }) => {
  const service = await start();
  const { code, stderr } = await serve(service, env(service));
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

/** Starts a second server on the same home and waits for its end, which is forced after ten seconds. */
async function serve({ github, home }: Service, env: NodeJS.ProcessEnv): Promise<{ code: number; stderr: string }> {
  const launcher = join(import.meta.dirname, "../../../dist/launch.cjs");
  const credentials = {
    APP_ID: String(github.appId),
    PRIVATE_KEY: github.privateKey,
    WEBHOOK_SECRET: github.webhookSecret,
  };
  const child = spawn(process.execPath, [launcher, "serve"], {
    env: { ...process.env, ASSISTANT_HOME: home, HOST: "127.0.0.1", PORT: "0", ...credentials, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 10_000,
    killSignal: "SIGKILL",
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")));
  const [code] = (await once(child, "close")) as [number];
  return { code, stderr };
}

/** Opens the pull request and lets GitHub withhold its answer to the check before publishing, until told. */
async function holdAnswer(service: Service, match: RegExp, until: Promise<void>): Promise<void> {
  let asked = false;
  service.github.failNext({
    match: /^GET \/app$/,
    meanwhile: () =>
      service.github.failNext({
        match,
        meanwhile: () => {
          asked = true;
          return until;
        },
      }),
  });
  await service.openPull();
  await waitFor("the request whose answer is held", () => asked);
}

/** Waits until the program takes no webhooks any more: it has been asked to stop. */
async function refusesConnections({ app }: Service): Promise<void> {
  await waitFor("the server to be closed", () =>
    fetch(new URL("/healthz", app.webhookUrl)).then(
      () => false,
      () => true,
    ),
  );
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
