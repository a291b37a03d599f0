import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "@octokit/webhooks-methods";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../../src/app.ts";
import { createGitHubApp } from "../../../src/config/github-app.ts";
import { loadServerConfig, type ServerConfig } from "../../../src/config/server-config.ts";
import type { Queue } from "../../../src/jobs/queue.ts";
import { openSqliteQueue } from "../../../src/jobs/sqlite-queue.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";
import { readiness, type Readiness } from "../../../src/observe/readiness.ts";
import { type RunningServer, startServer, webhookPath } from "../../../src/server.ts";
import { limits } from "../../../src/shared/limits.ts";
import { webhookText } from "../../helpers/webhooks.ts";

const home = mkdtempSync(join(tmpdir(), "server-"));
const secret = "0123456789abcdef0123456789abcdef";
const log = pino({ level: "silent" });
const accepted = vi.fn();
let config: ServerConfig;
let queue: Queue;
let server: RunningServer;
let runs = 0;

beforeAll(() => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  config = loadServerConfig({
    ASSISTANT_HOME: home,
    APP_ID: "12",
    PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }) as string,
    WEBHOOK_SECRET: secret,
    PORT: "0",
  });
});
afterAll(() => rmSync(home, { recursive: true }));

beforeEach(async () => {
  accepted.mockReset();
  queue = openSqliteQueue(join(home, `${++runs}.db`));
  server = await start(config);
});
afterEach(async () => {
  await server.stop();
  await queue.close();
});

async function start(at: ServerConfig): Promise<RunningServer> {
  const metrics = createMetrics(async () => ({
    counts: await queue.counts(),
    depths: await queue.depths(),
    models: [{ name: "m", slots: 2, running: 1, waiting: 0 }],
    rateLimits: [{ installation: "42", resource: "core", remaining: 4_999, limit: 5_000, reset: 1_800_000_000 }],
    engrams: { files: 1, bytes: 10, newestMs: 1_000, oldestMs: 1_000 },
    switchedOff: false,
    freeBytes: 1,
  }));
  const app = createApp({ queue, host: config.github.host, accepted, noted: (outcome) => metrics.webhook(outcome) });
  const ready = (): Promise<Readiness> =>
    readiness({ queue, folder: home, models: async () => "coding: none", switchedOff: () => false });
  return startServer({ config: at, probot: createGitHubApp(at, log), app, queue, metrics, ready, dashboard, log });
}

async function dashboard({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
  response.end(`dashboard at ${url}`);
}

interface Sent {
  body?: string;
  event?: string;
  delivery?: string;
  headers?: Record<string, string | null>;
}

/** Posts as GitHub does; a header of null is left out. */
async function deliver({
  body = webhookText("pull_request.opened"),
  event = "pull_request",
  delivery = "d1",
  headers,
}: Sent) {
  const all = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": delivery,
    "x-hub-signature-256": await sign(secret, body),
    ...headers,
  };
  const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return fetch(server.url + webhookPath, { method: "POST", body, headers: Object.fromEntries(present) });
}

async function claimed(): Promise<unknown[]> {
  const jobs: unknown[] = [];
  for (let next = await queue.claim("w"); next; next = await queue.claim("w")) jobs.push(next.job);
  return jobs;
}

const origin = { repository: { host: "github.com", owner: "Octo", name: "hello", id: 7 }, installationId: 42 };

describe("a signed webhook", () => {
  it.each([
    ["pull_request.opened", { kind: "review", number: 12 }],
    ["issues.opened", { kind: "triage", number: 5 }],
    ["issues.edited", { kind: "triage", number: 5 }],
    ["issue_comment.created", { kind: "review", number: 12, command: { verb: "review", argument: "the tests too" } }],
    ["pull_request_review_comment.created", { kind: "review", number: 12, command: { verb: "review" } }],
    ["push", { kind: "sync", commit: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567" }],
  ])("%s becomes a job on the disk before it is answered", async (name, job) => {
    const response = await deliver({ body: webhookText(name), event: name.split(".")[0]! });

    expect(response.status).toBe(200);
    expect(accepted).toHaveBeenCalledOnce();
    // Another connection to the same file sees what was committed, and nothing else.
    const other = openSqliteQueue(join(home, `${runs}.db`));
    // A push is looked at, too, for what it brought.
    expect(await other.counts()).toMatchObject({ waiting: name === "push" ? 2 : 1 });
    await other.close();
    expect(await claimed()).toContainEqual(expect.objectContaining({ ...origin, ...job, ...commandOf(job) }));
  });

  it("is taken once, however often it is delivered", async () => {
    expect((await deliver({})).status).toBe(200);
    await queue.complete((await queue.claim("w"))!.id, "w");
    expect((await deliver({})).status).toBe(200);

    expect(accepted).toHaveBeenCalledOnce();
    expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 1, failed: 0 });
  });

  it.each([
    ["an event that nobody takes", "star.created", "star"],
    ["an event that GitHub may add", "star.created", "brand_new"],
  ])("of %s is answered and dropped", async (_name, fixture, event) => {
    expect((await deliver({ body: webhookText(fixture), event })).status).toBe(200);
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it("of a command that was edited changes nothing: what was asked first is done", async () => {
    const event = "issue_comment";
    const text = webhookText("issue_comment.created");
    await deliver({ body: text, event });
    const payload = JSON.parse(text) as { comment: object };
    const comment = { ...payload.comment, body: "/assistant review and approve everything" };
    const edited = JSON.stringify({ ...payload, action: "edited", comment, changes: { body: { from: "" } } });
    expect((await deliver({ body: edited, event, delivery: "edit" })).status).toBe(200);

    expect(await claimed()).toMatchObject([{ command: { verb: "review", argument: "the tests too" } }]);
  });

  it("is answered with an error when the queue cannot take it, so that GitHub shows it as failed", async () => {
    vi.spyOn(queue, "accept").mockRejectedValue(new Error("disk full"));

    expect((await deliver({})).status).toBe(500);
    expect(accepted).not.toHaveBeenCalled();
  });

  it("keeps every character that was signed", async () => {
    const payload = JSON.parse(webhookText("issue_comment.created")) as { comment: { body: string } };
    payload.comment.body = "/assistant review Grüße, 日本 😀";
    await deliver({ body: JSON.stringify(payload), event: "issue_comment" });

    expect(await claimed()).toMatchObject([{ command: { argument: "Grüße, 日本 😀" } }]);
  });
});

describe("refuses", () => {
  it.each([
    ["a wrong signature", { headers: { "x-hub-signature-256": `sha256=${"0".repeat(64)}` } }, 400],
    ["a signature that is none", { headers: { "x-hub-signature-256": "sha256=no" } }, 400],
    [
      "a signature with Probot's default secret",
      { headers: { "x-hub-signature-256": signedWith("development") } },
      400,
    ],
    ["malformed JSON, although signed", { body: '{"action":' }, 400],
    ["no signature", { headers: { "x-hub-signature-256": null } }, 400],
    ["no event", { headers: { "x-github-event": null } }, 400],
    ["no delivery id", { headers: { "x-github-delivery": null } }, 400],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
  ])("%s", async (_name, sent, status) => {
    expect((await deliver(sent)).status).toBe(status);
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it("a body over the cap before it is sent, when its length is announced", async () => {
    const length = limits.webhookBodyBytes + 1;
    expect(await rawPost(`content-length: ${length}`, "{")).toMatch(/^HTTP\/1.1 413 /);
  });

  it("a body over the cap while it is sent, when its length is not announced", async () => {
    const chunk = `${(1024 * 1024).toString(16)}\r\n${" ".repeat(1024 * 1024)}\r\n`;
    const chunks = chunk.repeat(limits.webhookBodyBytes / 1024 / 1024 + 1);
    expect(await rawPost("transfer-encoding: chunked", chunks)).toMatch(/^HTTP\/1.1 413 /);
  });

  it.each([
    ["GET", webhookPath, 405],
    ["POST", "/", 404],
    ["GET", "/probot", 404],
    ["POST", "/probot/import", 404],
    ["POST", "/probot/setup", 404],
    ["GET", `${webhookPath}/../..`, 404],
    ["DELETE", "/healthz", 405],
  ])("%s %s", async (method, path, status) => {
    expect((await fetch(server.url + path, { method })).status).toBe(status);
  });
});

it("tells its health and the queue's counts", async () => {
  await deliver({});
  const response = await fetch(`${server.url}/healthz`);

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok", queue: { waiting: 1, running: 0, done: 0, failed: 0 } });
});

it("is not healthy when the queue cannot be read", async () => {
  vi.spyOn(queue, "counts").mockRejectedValue(new Error("disk gone"));

  expect((await fetch(`${server.url}/healthz`)).status).toBe(503);
});

it("is ready, with what it could do", async () => {
  const response = await fetch(`${server.url}/readyz`);

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ready: true,
    checks: { queue: "ok", disk: "ok", models: "coding: none", switch: "on" },
  });
});

it("is not ready when nothing can be written, and says why", async () => {
  vi.spyOn(queue, "release").mockRejectedValue(new Error("attempt to write a readonly database"));
  const response = await fetch(`${server.url}/readyz`);

  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    ready: false,
    checks: { queue: "attempt to write a readonly database" },
  });
});

describe("/metrics", () => {
  it("counts webhooks by what became of them, and shows queue, models and limits", async () => {
    await deliver({});
    await deliver({});
    await deliver({ delivery: "d2", headers: { "x-hub-signature-256": "sha256=no" } });
    const response = await fetch(`${server.url}/metrics`);
    const text = await response.text();

    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    for (const line of [
      'assistant_webhooks_total{outcome="accepted"} 1',
      'assistant_webhooks_total{outcome="duplicate"} 1',
      'assistant_webhooks_total{outcome="refused"} 1',
      'assistant_queue_depth{kind="review",priority="2"} 1',
      'assistant_queue_jobs{state="waiting"} 1',
      'assistant_model_slots{model="m",state="running"} 1',
      'assistant_github_rate_limit_remaining{installation="42",resource="core"} 4999',
      "assistant_engram_bytes 10",
      "assistant_webhook_seconds_count 3",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });

  it.each([["x-forwarded-for"], ["forwarded"], ["x-real-ip"], ["via"]])(
    "are not for whom another server sends on (%s)",
    async (header) => {
      expect((await fetch(`${server.url}/metrics`, { headers: { [header]: "127.0.0.1" } })).status).toBe(403);
    },
  );

  it("with a token are for whoever has it, and for nobody else", async () => {
    const token = "0123456789abcdef0123";
    const guarded = await start({ ...config, server: { ...config.server, metrics_token: token } });
    const ask = async (headers: Record<string, string>) => (await fetch(`${guarded.url}/metrics`, { headers })).status;

    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: `Bearer ${token}x` })).toBe(401);
    expect(await ask({ authorization: `Bearer ${token}` })).toBe(200);
    expect(await ask({ authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.1" })).toBe(200);
    await guarded.stop();
  });
});

it("hands /dashboard and what lies below it to the dashboard, and nothing else", async () => {
  for (const path of ["/dashboard", "/dashboard/login?x=1"])
    expect(await (await fetch(server.url + path)).text()).toBe(`dashboard at ${path}`);
  for (const path of ["/dashboards", "/x/dashboard"]) expect((await fetch(server.url + path)).status).toBe(404);
});

describe("while the secret is changed", () => {
  const next = "fedcba9876543210fedcba9876543210";
  const signed = (key: string) => ({ "x-hub-signature-256": signedWith(key) });

  it("takes what is signed with either of the two", async () => {
    await server.stop();
    server = await start({ ...config, app: { ...config.app, webhookSecrets: [next, secret] } });

    expect((await deliver({ delivery: "a", headers: signed(next) })).status).toBe(200);
    expect((await deliver({ delivery: "b", headers: signed(secret) })).status).toBe(200);
    expect((await deliver({ delivery: "c", headers: signed("development") })).status).toBe(400);
    expect(accepted).toHaveBeenCalledTimes(2);
  });

  it("takes the former one no more once it is gone", async () => {
    await server.stop();
    server = await start({ ...config, app: { ...config.app, webhookSecrets: [next] } });

    expect((await deliver({ headers: signed(secret) })).status).toBe(400);
    expect(accepted).not.toHaveBeenCalled();
  });
});

it("takes no webhooks where GitHub is polled, and tells its health", async () => {
  await server.stop();
  server = await start({ ...config, pollMs: 60_000, app: { ...config.app, webhookSecrets: [] } });

  expect((await deliver({})).status).toBe(404);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

it("says which port is taken", async () => {
  const taken = start({ ...config, server: { host: "127.0.0.1", port: server.port } });

  await expect(taken).rejects.toMatchObject({
    code: "port-in-use",
    message: expect.stringContaining(`${server.port}`),
  });
});

it("says that an address is not this machine's", async () => {
  // 192.0.2.0/24 is reserved for documentation.
  const foreign = start({ ...config, server: { host: "192.0.2.1", port: 0 } });

  await expect(foreign).rejects.toMatchObject({ code: "cannot-listen" });
});

it("answers the request under way when it stops, and takes no more", async () => {
  let finish = (): void => {};
  const accept = vi
    .spyOn(queue, "accept")
    .mockImplementation(() => new Promise((resolve) => (finish = () => resolve("accepted"))));
  const response = deliver({});
  await vi.waitFor(() => expect(accept).toHaveBeenCalled());
  const stopped = server.stop();
  finish();

  expect((await response).status).toBe(200);
  await stopped;
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow("fetch failed");
  server = await start(config);
});

function commandOf(job: object): object {
  return "command" in job ? { command: expect.objectContaining(job.command as object) as unknown } : {};
}

function signedWith(otherSecret: string): string {
  return `sha256=${createHmac("sha256", otherSecret).update(webhookText("pull_request.opened")).digest("hex")}`;
}

/** Sends head and body over a socket of its own; fetch would send no wrong length. Returns the answer's text. */
function rawPost(lengthHeader: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString();
      if (answer.includes("\r\n\r\n")) socket.end(() => resolve(answer));
    });
    socket.on("error", (error) => (answer === "" ? reject(error) : resolve(answer)));
    socket.write(
      `POST ${webhookPath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${lengthHeader}\r\n\r\n`,
    );
    socket.write(body);
  });
}
