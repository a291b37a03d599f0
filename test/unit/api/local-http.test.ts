import { createServer, request as send, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { afterEach, describe, expect, it } from "vitest";
import { answerErrorsAsJson } from "../../../src/api/http-errors.ts";
import {
  apiToken,
  type LocalBindings,
  type LocalHttp,
  type LocalHttpOptions,
  serveLocally,
} from "../../../src/api/local-http.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";

const token = "a-secret-of-24-characters";
let server: LocalHttp | undefined;
const reported: unknown[] = [];

function echoApp(): Hono<{ Bindings: LocalBindings }> {
  const app = new Hono<{ Bindings: LocalBindings }>();
  answerErrorsAsJson(app, (error) => reported.push(error));
  app.get("/health", (context) => context.json({ status: "ok" }));
  app.post("/echo", async (context) => context.json(await context.req.json()));
  app.get("/bug", () => {
    throw new Error("a path of this machine");
  });
  app.get("/busy", () => {
    throw new AssistantError("busy", { code: "model-busy", remedy: "Wait.", transient: true, retryAfterMs: 1_200 });
  });
  return app;
}

async function open(options: Partial<LocalHttpOptions> = {}, app = echoApp()): Promise<string> {
  server = await serveLocally(app, { host: "127.0.0.1", port: 0, token: null, ...options });
  return server.url;
}

/** Node's own client sends any header; fetch does not let one say Host or Origin. */
function ask(
  url: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const json = { "content-type": "application/json" };
const codeOf = (text: string) => (JSON.parse(text) as { error: { code: string } }).error.code;

afterEach(async () => {
  await server?.close();
  server = undefined;
  reported.length = 0;
});

describe("serveLocally: who may ask", () => {
  it("answers this machine without a token", async () => {
    const url = await open();
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const echoed = await ask(`${url}/echo`, { method: "POST", headers: json, body: '{"a":[1,"é"]}' });
    expect(JSON.parse(echoed.text)).toEqual({ a: [1, "é"] });
  });

  it("does not listen for other machines without a token, nor with one that can be guessed", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "example.org"])
      await expect(open({ host })).rejects.toMatchObject({ code: "api-token-missing" });
    await expect(open({ token: "short" })).rejects.toMatchObject({ code: "api-token-short" });
  });

  it("asks for the token, except where a probe looks", async () => {
    const url = await open({ host: "0.0.0.0", token, publicPaths: ["/health"] });
    const local = url.replace("0.0.0.0", "127.0.0.1");
    const wrong: Record<string, string>[] = [
      {},
      { authorization: "Bearer" },
      { authorization: `Bearer ${token}x` },
      { authorization: `Bearer ${token.slice(0, -1)}` },
      { authorization: `Basic ${token}` },
      { authorization: token },
    ];
    for (const headers of wrong) {
      const refused = await ask(`${local}/echo`, { method: "POST", headers: { ...json, ...headers }, body: "{}" });
      expect(refused.status).toBe(401);
      expect(refused.headers["www-authenticate"]).toBe("Bearer");
      expect(codeOf(refused.text)).toBe("unauthorized");
    }
    const authorization = `Bearer ${token}`;
    const headers = { ...json, authorization };
    expect(await ask(`${local}/echo`, { method: "POST", headers, body: "{}" })).toMatchObject({ status: 200 });
    expect(await ask(`${local}/health`)).toMatchObject({ status: 200 });
    expect(await ask(`${local}/health/`)).toMatchObject({ status: 401 });
  });

  it("refuses names that another site's DNS may have bent here", async () => {
    const url = await open();
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]"])
      expect(await ask(`${url}/health`, { headers: { host } })).toMatchObject({ status: 403 });
    for (const host of ["localhost", "LOCALHOST:9", "127.0.0.1", "127.0.0.1:1", "[::1]:8080"])
      expect(await ask(`${url}/health`, { headers: { host } })).toMatchObject({ status: 200 });
  });

  it("refuses pages of other sites, and gives nobody leave to read", async () => {
    const url = await open();
    const foreign: Record<string, string>[] = [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://127.0.0.1:1" },
      { "sec-fetch-site": "cross-site" },
    ];
    for (const headers of foreign) expect(codeOf((await ask(`${url}/health`, { headers })).text)).toBe("cross-site");
    const own = await ask(`${url}/health`, { headers: { origin: url } });
    expect(own.status).toBe(200);
    expect(own.headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("takes JSON alone: a form of another page needs no leave to send text", async () => {
    const url = await open();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
      const headers = { "content-type": type };
      expect(await ask(`${url}/echo`, { method: "POST", headers, body: "{}" })).toMatchObject({ status: 415 });
    }
    expect(await ask(`${url}/echo`, { method: "PUT", headers: json, body: "{}" })).toMatchObject({ status: 405 });
    expect(await ask(`${url}/echo`, { method: "OPTIONS" })).toMatchObject({ status: 405 });
  });
});

describe("serveLocally: bodies and errors", () => {
  const large = JSON.stringify("x".repeat(30 * 1024 * 1024));

  it("refuses a large body, announced or not, and stays up", async () => {
    const url = await open();
    const announced = await fetch(`${url}/echo`, { method: "POST", headers: json, body: large });
    expect(announced.status).toBe(413);
    expect(await announced.json()).toMatchObject({ error: { code: "body-too-large", type: "invalid_request_error" } });
    // Sent in chunks, nothing says beforehand how much there is.
    const unannounced = await ask(`${url}/echo`, {
      method: "POST",
      headers: { ...json, "transfer-encoding": "chunked" },
      body: large,
    });
    expect(unannounced.status).toBe(413);
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200 });
  });

  it("lets an app choose its own limit", async () => {
    const url = await open({ bodyBytes: 4 });
    expect(await ask(`${url}/echo`, { method: "POST", headers: json, body: "1234" })).toMatchObject({ status: 200 });
    expect(await ask(`${url}/echo`, { method: "POST", headers: json, body: "12345" })).toMatchObject({ status: 413 });
  });

  it("tells errors as JSON: ours with a remedy and a time to wait, bugs without their text", async () => {
    const url = await open();
    const busy = await ask(`${url}/busy`);
    expect(busy).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
    expect(JSON.parse(busy.text)).toEqual({
      error: { message: "busy", type: "server_error", code: "model-busy", param: null, remedy: "Wait." },
    });
    const bug = await ask(`${url}/bug`);
    expect(bug.status).toBe(500);
    expect(bug.text).not.toContain("path of this machine");
    expect(reported).toEqual([new Error("a path of this machine")]);
    expect(codeOf((await ask(`${url}/nothing`)).text)).toBe("not-found");
  });

  it("survives what is not HTTP", async () => {
    const url = await open();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.resume();
    socket.write("\u0000\u0001 nonsense\r\n\r\n");
    await closed;
    expect(await ask(`${url}/health`)).toMatchObject({ status: 200 });
  });

  it("does not wait for connections that ask nothing, or only half of something", async () => {
    const url = await open();
    for (const text of ["", "GET /health HTTP/1.1\r\nhost: local"]) {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      await new Promise((resolve) => socket.on("connect", resolve));
      socket
        .on("error", () => {})
        .resume()
        .write(text);
    }
    await ask(`${url}/health`);
    const late = sleep(limits.drainMs, "waited until what runs is cut off", { ref: false });
    expect(await Promise.race([server!.close().then(() => "closed"), late])).toBe("closed");
  });

  it("refuses a body by its announced length, before any of it comes", async () => {
    const url = await open();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const head =
      "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n";
    socket.write(head);
    const answer = await new Promise((resolve) => socket.once("data", (data) => resolve(data.toString("utf8"))));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it("says which port is taken, and which address is not here", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(open({ port })).rejects.toMatchObject({
      code: "port-in-use",
      message: expect.stringContaining(`${port}`),
    });
    await new Promise((resolve) => other.close(resolve));
    await expect(open({ host: "192.0.2.1", token })).rejects.toMatchObject({ code: "cannot-listen" });
  });

  it("reads the token from the environment", () => {
    expect(apiToken({ ASSISTANT_API_TOKEN: token })).toBe(token);
    expect(apiToken({ ASSISTANT_API_TOKEN: "" })).toBeNull();
    expect(apiToken({})).toBeNull();
    expect(token.length).toBeGreaterThanOrEqual(limits.apiTokenCharacters);
  });
});

describe("serveLocally: closing", () => {
  it("ends streams that would never end, lets others finish, and takes no more", async () => {
    const app = echoApp();
    let begun = 0;
    app.get("/endless", (context) =>
      streamSSE(context, async (stream) => {
        await stream.writeSSE({ data: "begun" });
        begun++;
        await new Promise((resolve) => context.env.closing.addEventListener("abort", resolve));
        await stream.writeSSE({ data: "ended" });
      }),
    );
    let finish = () => {};
    app.get("/slow", async (context) => {
      begun++;
      await new Promise<void>((resolve) => (finish = resolve));
      return context.text("finished");
    });
    const url = await open({}, app);
    const endless = ask(`${url}/endless`);
    const slow = ask(`${url}/slow`);
    await expect.poll(() => begun).toBe(2);
    const closing = server!.close();
    expect((await endless).text).toBe("data: begun\n\ndata: ended\n\n");
    await expect(ask(`${url}/health`)).rejects.toThrow(/ECONNREFUSED/);
    finish();
    expect((await slow).text).toBe("finished");
    await closing;
    await server!.close();
  });

  it("tells what does not end that its time is over", async () => {
    const app = echoApp();
    let begun = false;
    app.get("/stubborn", (context) =>
      streamSSE(context, async (stream) => {
        begun = true;
        await new Promise((resolve) => context.env.cut.addEventListener("abort", resolve));
        await stream.writeSSE({ data: "cut" });
      }),
    );
    const url = await open({}, app);
    const stubborn = ask(`${url}/stubborn`);
    await expect.poll(() => begun).toBe(true);
    await server!.close();
    expect((await stubborn).text).toBe("data: cut\n\n");
  });

  it("tells a handler that its client went away", async () => {
    const app = echoApp();
    let waits = false;
    let left = false;
    app.get("/wait", async (context) => {
      waits = true;
      await new Promise((resolve) => context.req.raw.signal.addEventListener("abort", resolve));
      left = true;
      return context.text("");
    });
    const url = await open({}, app);
    const control = new AbortController();
    const waiting = fetch(`${url}/wait`, { signal: control.signal });
    await expect.poll(() => waits).toBe(true);
    control.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => left).toBe(true);
  });
});
