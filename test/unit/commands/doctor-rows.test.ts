import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { whatToDo } from "../../../src/commands/doctor.ts";
import { appRows } from "../../../src/commands/doctor-app.ts";
import { reachWebhook } from "../../../src/commands/doctor-hops.ts";
import { portRow, proxyRows, redisRows } from "../../../src/commands/doctor-service.ts";
import { readManifest } from "../../../src/commands/setup-manifest.ts";
import { permissionUses } from "../../../src/commands/setup-permissions.ts";
import { serverFileSchema } from "../../../src/config/server-file.ts";
import type { DoctorRow } from "../../../src/model/doctor.ts";
import { type GitHubServer, startGitHubServer } from "../../helpers/github-server/github-server.ts";
import { hasOpenssl, makePrivateTls, startTlsFront } from "../../helpers/private-tls.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A server that answers everything in one way; its port. */
async function serving(status: number, headers: Record<string, string> = {}, body = ""): Promise<number> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  return listening(server);
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const port = await listening(createTcpServer());
  await closing.pop()?.();
  return port;
}

describe("permissions", () => {
  it("have a reason and a loss each, at the level that app.yml asks for", () => {
    const levels = Object.fromEntries(Object.entries(permissionUses).map(([name, { level }]) => [name, level]));
    expect(levels).toEqual(readManifest().default_permissions);
  });
});

describe("a webhook's way", () => {
  const at = (port: number, scheme = "http"): Promise<{ hop: string | null; problem: string }> =>
    reachWebhook(new URL(`${scheme}://127.0.0.1:${port}/api/github/webhooks`));

  it("ends at the hop that fails", async () => {
    expect(await reachWebhook(new URL("http://no-such-host.invalid/"))).toMatchObject({ hop: "DNS" });
    expect(await at(await closedPort())).toMatchObject({
      hop: "TCP",
      problem: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await at(await serving(200), "https")).toMatchObject({ hop: "TLS" });
    expect(await at(await serving(502))).toMatchObject({
      hop: "HTTP",
      problem: expect.stringContaining("502: a proxy"),
    });
    expect(await at(await serving(404))).toMatchObject({ hop: "HTTP", problem: expect.stringContaining("404") });
    expect(await at(await serving(200))).toMatchObject({
      hop: "HTTP",
      problem: expect.stringContaining("something else"),
    });
  });

  it("is whole where a server asks for POST", async () => {
    expect(await at(await serving(405, { allow: "POST" }))).toEqual({ hop: null, problem: "" });
  });

  it.runIf(hasOpenssl)("ends at a certificate that nobody knows", async () => {
    const folder = mkdtempSync(join(tmpdir(), "doctor-tls-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    const front = await startTlsFront(makePrivateTls(folder, "localhost"), "http://127.0.0.1:1");
    closing.push(() => front.stop());

    const reach = await reachWebhook(new URL(`https://localhost:${front.port}/api/github/webhooks`));

    expect(reach).toMatchObject({ hop: "TLS", problem: expect.stringContaining("certificate") });
  });
});

describe("the port", () => {
  const row = (port: number) => portRow({ host: "127.0.0.1", port });

  it("is free, ours, or another program's", async () => {
    const ours = await serving(200, {}, JSON.stringify({ status: "ok", queue: {} }));

    expect(await row(await closedPort())).toMatchObject({ state: "ok", value: expect.stringContaining("free") });
    expect(await row(ours)).toMatchObject({ state: "ok", value: expect.stringContaining("an assistant serves there") });
    expect(await row(await serving(200, {}, "hello"))).toMatchObject({
      state: "missing",
      value: expect.stringContaining("taken by another program"),
    });
  });
});

describe("the proxy", () => {
  it("is told without its password, and whether it is there", async () => {
    const port = await serving(200);
    const HTTPS_PROXY = `http://me:secret@127.0.0.1:${port}`;

    expect(await proxyRows({}, false)).toEqual([]);
    const [there] = await proxyRows({ HTTPS_PROXY, NO_PROXY: "internal" }, false);
    expect(there).toMatchObject({ state: "ok", value: `http://127.0.0.1:${port} (HTTPS_PROXY), NO_PROXY: internal` });
    const [gone] = await proxyRows({ HTTPS_PROXY: `http://me:secret@127.0.0.1:${await closedPort()}` }, false);
    expect(gone).toMatchObject({ state: "missing", value: expect.stringContaining("it ends at TCP") });
    const [odd] = await proxyRows({ HTTPS_PROXY: "me:secret" }, false);
    expect(odd).toMatchObject({ state: "missing", value: "HTTPS_PROXY is no address of a proxy" });
  });
});

describe("Redis", () => {
  it("is missing where nothing answers, told without its password, and not asked offline", async () => {
    const port = await closedPort();
    const url = `redis://me:secret@127.0.0.1:${port}`;

    expect(await redisRows("sqlite", false)).toEqual([]);
    const [row] = await redisRows(url, false);
    expect(row).toMatchObject({ state: "missing", value: expect.stringContaining(`redis://127.0.0.1:${port}: `) });
    expect(await redisRows(url, true)).toMatchObject([{ state: "note" }]);
  });
});

describe("the app", () => {
  let github: GitHubServer;
  beforeEach(async () => {
    github = await startGitHubServer();
    closing.push(() => github.stop());
  });

  const rows = (more: object = {}, offline = false) =>
    appRows(
      {
        ...serverFileSchema.parse({}).github,
        host: new URL(github.url).host,
        protocol: "http",
        app_id: github.appId,
        private_key: github.privateKey,
        webhook_secret: github.webhookSecret,
        ...more,
      },
      offline,
    );

  it("is named, with what it may not do", async () => {
    github.state.app.permissions = { contents: "read", pull_requests: "read", checks: "write", merge_queues: "read" };

    expect(await rows()).toMatchObject([
      { name: "GitHub App", state: "ok", value: expect.stringContaining("engram-assistant (app 4711 on 127.0.0.1:") },
      { name: "permission pull_requests", state: "note", value: "not write: no reviews are posted" },
      { name: "permission issues", value: expect.stringContaining("no triage") },
      { name: "permission contents", state: "ok", value: expect.stringContaining("offers a patch") },
      { name: "webhook", state: "ok", value: expect.stringContaining("--poll") },
    ]);
  });

  it("says what is wrong with its credentials", async () => {
    expect(await rows({ app_id: undefined })).toMatchObject([{ state: "note", remedy: "Run `assistant setup`." }]);
    expect(await rows({ private_key: "none" })).toMatchObject([
      { state: "missing", value: `app ${github.appId}: PRIVATE_KEY is not a private key` },
    ]);
    expect(await rows({ app_id: 1 })).toMatchObject([
      { state: "missing", value: expect.stringContaining("GitHub answers 401: Integration not found") },
    ]);
    expect(await rows({ host: `127.0.0.1:${await closedPort()}` })).toMatchObject([
      { state: "missing", value: expect.stringContaining("cannot be reached: connect ECONNREFUSED") },
    ]);
    expect(await rows({ host: `127.0.0.1:${await closedPort()}` }, true)).toMatchObject([{ state: "ok" }]);
  });

  it("says where its webhook ends, unless GitHub's own deliveries arrive", async () => {
    github.state.hooks.setUrl(`http://127.0.0.1:${await closedPort()}/api/github/webhooks`);
    const webhook = async (more: object = {}) => (await rows(more)).find(({ name }) => name === "webhook");

    expect(await webhook()).toMatchObject({
      state: "missing",
      value: expect.stringMatching(/ends at TCP \(.+\); nothing was delivered yet/),
      remedy: expect.stringContaining("assistant serve"),
    });
    expect(await webhook({ webhook_secret: undefined })).toMatchObject({
      state: "missing",
      value: expect.stringContaining("the webhook secret is not set"),
    });
    const delivery = github.state.hooks.emit("ping", {});
    await github.state.hooks.settled();
    Object.assign(delivery ?? {}, { status: "OK", statusCode: 200 });
    expect(await webhook()).toMatchObject({ state: "note", value: expect.stringContaining("last delivery") });

    github.state.hooks.setUrl("http://127.0.0.1:1/hooks");
    expect(await webhook()).toMatchObject({ state: "missing", value: expect.stringContaining("does not end in") });
    github.state.hooks.setUrl(`http://127.0.0.1:${await serving(405, { allow: "POST" })}/api/github/webhooks`);
    expect(await webhook()).toMatchObject({ state: "ok" });
  });
});

describe("what to do", () => {
  const row = (name: string, state: DoctorRow["state"], remedy: string | null): DoctorRow => ({
    name,
    state,
    value: "",
    remedy,
  });

  it("stands there once, what is missing first", () => {
    const pull = "Run `assistant models pull`.";
    const rows = [
      row("models", "note", pull),
      row("git", "missing", "Install git."),
      row("coding model", "note", pull),
    ];

    expect(whatToDo(rows)).toBe(
      `\nMissing:\n  git: Install git.\n\nIf you want them (everything else works without):\n  models, coding model: ${pull}\n`,
    );
  });

  it("is nothing where nothing is missing", () => {
    expect(whatToDo([row("git", "ok", null)])).toBe("\nNothing is missing.\n");
  });
});
