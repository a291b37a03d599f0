import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import type { Probot } from "probot";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createGitHubApp, gitToken, installationClient, rateLimitsSeen } from "../../../src/config/github-app.ts";
import { loadServerConfig } from "../../../src/config/server-config.ts";

let github: Server;
let app: Probot;
let requests: IncomingMessage[];
let bodies: unknown[];

beforeAll(async () => {
  github = createServer((request, response) => {
    requests.push(request);
    let body = "";
    request.on("data", (data: Buffer) => (body += data.toString("utf8")));
    request.on("end", () => body !== "" && bodies.push(JSON.parse(body)));
    const limited = request.url === "/api/v3/limited";
    const secondary = request.url === "/api/v3/secondary";
    const inAnHour = String(Math.ceil(Date.now() / 1000) + 3600);
    response.writeHead(limited || secondary ? 403 : request.method === "POST" ? 201 : 200, {
      "content-type": "application/json",
      ...(secondary && { "retry-after": "60" }),
      ...(limited && { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inAnHour }),
    });
    if (secondary) return void response.end(JSON.stringify({ message: "You have exceeded a secondary rate limit" }));
    response.end(
      JSON.stringify({ token: `ghs_${"x".repeat(300)}`, expires_at: "2100-01-01T00:00:00Z", permissions: {} }),
    );
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const config = loadServerConfig({
    ASSISTANT_HOME: join(tmpdir(), "no-such-home"),
    APP_ID: "12",
    PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }) as string,
    WEBHOOK_SECRET: "0123456789abcdef",
    GHE_HOST: `127.0.0.1:${(github.address() as AddressInfo).port}`,
    GHE_PROTOCOL: "http",
  });
  app = createGitHubApp(config, pino({ level: "silent" }));
});
afterAll(() => github.close());
beforeEach(() => {
  requests = [];
  bodies = [];
});

it("makes clients of an installation at the configured host", async () => {
  const client = await installationClient(app, 42);
  await client.request("GET /user");

  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST /api/v3/app/installations/42/access_tokens",
    "GET /api/v3/user",
  ]);
  expect(requests[1]!.headers.authorization).toBe(`token ghs_${"x".repeat(300)}`);
});

it("asks the configured host for a git token that reads one repository", async () => {
  expect(await gitToken(app, 43, "shop")).toBe(`ghs_${"x".repeat(300)}`);
  expect(requests.map(({ url }) => url)).toEqual(["/api/v3/app/installations/43/access_tokens"]);
  expect(bodies).toEqual([{ repositories: ["shop"], permissions: { contents: "read" } }]);
});

it.each(["/limited", "/secondary"])("throws at a rate limit instead of sleeping until it is reset: %s", async (url) => {
  const client = await installationClient(app, 42);
  const started = performance.now();

  await expect(client.request(`GET ${url}`)).rejects.toMatchObject({ status: 403 });
  expect(performance.now() - started).toBeLessThan(30_000);
});

it("sees from a refusal that nothing is left to an installation", async () => {
  const client = await installationClient(app, 44);
  await client.request("GET /limited").catch(() => {});
  expect(rateLimitsSeen(app)).toContainEqual(
    expect.objectContaining({ installation: "44", resource: "core", remaining: 0 }),
  );
});
