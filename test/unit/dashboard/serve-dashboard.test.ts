import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { serveDashboard } from "../../../src/dashboard/serve-dashboard.ts";
import { limits } from "../../../src/shared/limits.ts";
import { sampleData } from "./sample-data.ts";
import { sampleDesk } from "./sample-desk.ts";

const token = "0123456789abcdef0123";
const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close();
});

async function start(with_: string | undefined, look = async () => sampleData()): Promise<string> {
  const answer = serveDashboard({ token: with_, look, desk: sampleDesk(), protocol: "https" });
  const server = createServer((request, response) => void answer(request, response));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`;
}

const signIn = (url: string, brought: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/login`, { method: "POST", body: new URLSearchParams({ token: brought }), redirect: "manual", headers });

const cookieOf = (answer: Response): string => (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";

/** `fetch` sets the header Host itself. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: { host } }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
}

describe("without a token", () => {
  it("shows the page to this machine", async () => {
    const answer = await fetch(await start(undefined));
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain("<h1>Engram Assistant</h1>");
    expect(page).not.toContain("Sign out");
  });

  it.each(["x-forwarded-for", "forwarded", "x-real-ip", "via"])(
    "shows nothing to whom another server sends on (%s)",
    async (name) => {
      const url = await start(undefined);
      for (const path of [url, `${url}/fragment`]) {
        const answer = await fetch(path, { headers: { [name]: "127.0.0.1" } });
        expect(answer.status).toBe(403);
        expect(await answer.text()).not.toContain("acme/shop");
      }
    },
  );

  it("shows nothing to a page elsewhere whose name was made to mean this machine", async () => {
    const url = await start(undefined);
    expect(await statusFor(url, "evil.example")).toBe(403);
    expect(await statusFor(url, "localhost:3000")).toBe(200);
  });

  it("lets nobody sign in", async () => {
    const url = await start(undefined);
    expect((await signIn(url, "")).status).toBe(404);
  });
});

describe("with a token", () => {
  it("shows nothing but the form to whoever lacks it, this machine as well", async () => {
    const url = await start(token);
    const without: Record<string, string>[] = [
      {},
      { authorization: `Bearer ${token}x` },
      { cookie: "assistant_dashboard=9999999999999.x" },
      { cookie: "assistant_dashboard=." },
    ];
    for (const headers of without) {
      const answer = await fetch(url, { headers });
      expect(answer.status).toBe(401);
      const page = await answer.text();
      expect(page).toContain('type="password"');
      expect(page).not.toContain("acme/shop");
      expect((await fetch(`${url}/fragment`, { headers })).status).toBe(401);
    }
  });

  it("takes it as a bearer token", async () => {
    const headers = { authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.1" };
    expect((await fetch(await start(token), { headers })).status).toBe(200);
  });

  it("signs in whoever brings it, with a cookie that scripts and other sites do not get", async () => {
    const url = await start(token);
    const answer = await signIn(url, token);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard"]);
    const set = answer.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/; Path=\/dashboard; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(set).not.toContain(token);

    const page = await fetch(url, { headers: { cookie: `other=1; ${cookieOf(answer)}` } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Sign out");
  });

  it("sets a cookie for TLS alone behind a proxy that speaks it", async () => {
    const answer = await signIn(await start(token), token, { "x-forwarded-proto": "https" });
    expect(answer.headers.get("set-cookie")).toMatch(/; Secure$/);
  });

  it("says that it is a wrong one, and sets no cookie", async () => {
    const answer = await signIn(await start(token), `${token} `);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(await answer.text()).toContain("This is not the token.");
  });

  it("takes no cookie that was signed with another token, changed, or is too old", async () => {
    const url = await start(token);
    const cookie = cookieOf(await signIn(url, token));
    const status = async (at: string, sent: string) => (await fetch(at, { headers: { cookie: sent } })).status;

    expect(await status(await start(`${token}x`), cookie)).toBe(401);
    expect(
      await status(
        url,
        cookie.replace(/=\d/, (two) => `=${(Number(two[1]) % 9) + 1}`),
      ),
    ).toBe(401);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + limits.dashboardSessionMs - 1_000 });
    expect(await status(url, cookie)).toBe(200);
    vi.setSystemTime(Date.now() + 2_000);
    expect(await status(url, cookie)).toBe(401);
  });

  it("signs out", async () => {
    const answer = await fetch(`${await start(token)}/logout`, { method: "POST", redirect: "manual" });
    expect(answer.headers.get("set-cookie")).toMatch(/^assistant_dashboard=; .*Max-Age=0$/);
  });

  it("reads no more than a form", async () => {
    expect((await signIn(await start(token), "x".repeat(limits.dashboardFormBytes))).status).toBe(413);
  });
});

it("lets the page run its own script and style alone, and ask for nothing elsewhere", async () => {
  const url = await start(undefined);
  const [one, two] = [await fetch(url), await fetch(url)];
  const policy = one.headers.get("content-security-policy") ?? "";
  const nonce = /script-src 'nonce-([\w-]{22})'/.exec(policy)?.[1];
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
  expect(two.headers.get("content-security-policy")).not.toContain(nonce);
  const page = await one.text();
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).toContain(`<script nonce="${nonce}">`);
  expect(one.headers.get("cache-control")).toBe("no-store");
  expect(one.headers.get("x-content-type-options")).toBe("nosniff");
});

it("only shows, and knows no other pages", async () => {
  const url = await start(undefined);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(`${url}/logout`)).status).toBe(405);
  expect((await fetch(`${url}/x`)).status).toBe(404);
});

it("looks once for several readers", async () => {
  const look = vi.fn(async () => sampleData());
  const url = await start(undefined, look);
  await Promise.all([fetch(url), fetch(url), fetch(`${url}/fragment`)]);
  expect(look).toHaveBeenCalledTimes(1);
});
