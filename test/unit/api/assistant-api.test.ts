import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assistantApi } from "../../../src/api/assistant-api.ts";
import { serveLocally } from "../../../src/api/local-http.ts";
import { findHome } from "../../../src/config/home.ts";
import { directorySource } from "../../../src/engram/directory-source.ts";
import { createSqliteEngramStore, updateEngramFile } from "../../../src/engram/sqlite-engram-store.ts";
import type { Model } from "../../../src/model/model.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import type { CodeAnswer } from "../../../src/tasks/code/code-answer.ts";
import type { ResearchAnswer } from "../../../src/tasks/research/answer.ts";
import { fakeModel } from "../../helpers/fake-model.ts";
import { providerOf } from "../../helpers/passages.ts";
import { shopSpecification } from "../../helpers/shop-specification.ts";

let folder: string;
let engram: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "assistant-api-"));
  const docs = join(folder, "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "guide.md"), "# Retries\n\nA failed request is retried 3 times.\n\nThen it is given up.\n");
  writeFileSync(join(docs, "orders.ts"), "export function pageOrders(rows: string[]): string[] {\n  return rows;\n}\n");
  engram = join(folder, "home", "docs.engram");
  mkdirSync(join(folder, "home"));
  await updateEngramFile(engram, await directorySource([docs]), {});
  writeFileSync(join(folder, "home", "shop.yaml"), shopSpecification);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function app(model: Model | null = null): ReturnType<typeof assistantApi> {
  const home = findHome({ ASSISTANT_HOME: join(folder, "home") });
  const engrams = createSqliteEngramStore({ directory: home.engrams, rebuildDamaged: true });
  const services = { home, engrams, models: providerOf(model, true) };
  return assistantApi({ services, roots: [home.root], version: "1.0.0" });
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): [string, RequestInit] => [
  path,
  { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } },
];
const question = (more: object = {}): object => ({
  task: "how often is a failed request retried",
  engram: [engram],
  ...more,
});
const written = { answer: [{ sources: ["1"], sentence: "A failed request is retried 3 times." }] };

/** `event: data` pairs of a stream, in order. */
function eventsOf(text: string): { event: string; data: Record<string, unknown> }[] {
  return text
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const [, event = "", data = ""] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });
}

describe("the assistant over HTTP", () => {
  it("answers with one JSON document", async () => {
    const response = await app(fakeModel(() => JSON.stringify(written))).request(...post("/v1/research", question()));
    const answer = (await response.json()) as ResearchAnswer;
    expect(response.status).toBe(200);
    expect(answer).toMatchObject({ how: "model", format: "answer", parts: [{ statements: [{ sources: ["1"] }] }] });
    expect(answer.passages[0]).toMatchObject({ document: "guide.md", source: engram });
    expect(answer.passages[0]?.text.split("\n")).toContain("A failed request is retried 3 times.");
  });

  it("quotes without a model, and tells an empty answer from an error", async () => {
    const quoted = (await (await app().request(...post("/v1/research", question()))).json()) as ResearchAnswer;
    expect(quoted).toMatchObject({ how: "quoted" });
    const nothing = (await (
      await app().request(...post("/v1/research", question({ task: "whales" })))
    ).json()) as ResearchAnswer;
    expect(nothing.how).toBe("nothing");
  });

  it("tells events in order, the whole answer last", async () => {
    const text = JSON.stringify(written);
    const model = fakeModel((request) => {
      for (const piece of text.match(/.{1,9}/gs) ?? []) request.onText?.(piece);
      Object.assign(request, { onText: undefined });
      return text;
    });
    const response = await app(model).request(...post("/v1/research", question(), { accept: "text/event-stream" }));
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = eventsOf(await response.text());
    expect(events.map(({ event }) => event)).toEqual(["status", "passage", "status", "sentence", "done"]);
    expect(events.at(-2)?.data).toMatchObject({
      sentence: "A failed request is retried 3 times.",
      sources: ["1"],
      part: null,
    });
    expect(events.at(-1)?.data).toMatchObject({ how: "model" });
  });

  it("answers a failure before the first passage with its status, and tells a later one as an event", async () => {
    const gone = await app().request(
      ...post("/v1/research", question({ engram: [join(folder, "home", "none.engram")] }), {
        accept: "text/event-stream",
      }),
    );
    expect(gone.status).toBe(400);
    expect(await gone.json()).toMatchObject({ error: { code: "engram-missing" } });
    const busy = fakeModel(() => {
      throw new AssistantError("the queue is full", {
        code: "model-busy",
        remedy: "",
        transient: true,
        retryAfterMs: 3_000,
      });
    });
    const late = eventsOf(
      await (await app(busy).request(...post("/v1/research", question(), { accept: "text/event-stream" }))).text(),
    );
    expect(late.at(-1)).toMatchObject({ event: "error", data: { error: { code: "model-busy" } } });
    const refused = await app(busy).request(...post("/v1/research", question()));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "3"]);
  });

  it("refuses more than it can hold, and takes in again afterwards", async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    const api = app(fakeModel(async () => gate.then(() => JSON.stringify(written))));
    const held = Array.from({ length: limits.assistantRequests }, async () =>
      api.request(...post("/v1/research", question())),
    );
    await expect
      .poll(async () => ((await (await api.request("/health")).json()) as { running: number }).running)
      .toBe(limits.assistantRequests);
    const refused = await api.request(...post("/v1/research", question()));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    go();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 200));
    expect((await api.request(...post("/v1/research", question()))).status).toBe(200);
  });

  it.each([
    [join("/etc", "passwd.engram")],
    ["../docs.engram"],
    [() => join(folder, "home", "..", "docs", "x.engram")],
    [() => join(folder, "home", "link.engram")],
  ])("reads no engram outside of its roots: %#", async (named) => {
    const path = typeof named === "string" ? named : named();
    if (path.endsWith("link.engram")) {
      writeFileSync(join(folder, "outside.engram"), "");
      symlinkSync(join(folder, "outside.engram"), path);
    }
    const response = await app().request(...post("/v1/research", question({ engram: [path] })));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "outside-roots" } });
  });

  it("reads no code, specification or clone outside of its roots", async () => {
    const outside = join(folder, "docs", "orders.ts");
    for (const body of [{ file: outside }, { spec: outside }, { repository: "/" }]) {
      const named = "repository" in body ? {} : { context: [engram] };
      const response = await app().request(...post("/v1/code", { task: "a test", ...named, ...body }));
      expect(await response.json()).toMatchObject({ error: { code: "outside-roots" } });
    }
  });

  it("writes a client without a model, and shows the evidence where code would take one", async () => {
    const client = (await (
      await app().request(...post("/v1/code", { task: "client", spec: join(folder, "home", "shop.yaml") }))
    ).json()) as CodeAnswer;
    expect(client).toMatchObject({ how: "template", kind: "client" });
    expect(client.parts[0]?.code).toContain("export function listPets");
    const none = (await (
      await app().request(...post("/v1/code", { task: "page orders", context: [engram] }))
    ).json()) as CodeAnswer;
    expect(none).toMatchObject({ how: "none", parts: [], passages: [{ document: "orders.ts" }] });
  });

  it("says what a text was taken for", async () => {
    const answer = await (
      await app().request(...post("/v1/ask", { task: "what happens to a failed request, and why?", engram: [engram] }))
    ).json();
    expect(answer).toMatchObject({ chosen: { type: "research" }, research: { how: "quoted" } });
  });

  it("keeps a conversation, reads it out and forgets it", async () => {
    const api = app();
    await api.request(...post("/v1/research", question({ session: "talk" })));
    const read = (await (await api.request("/v1/sessions/talk")).json()) as { turns: unknown[] };
    expect(read.turns).toMatchObject([{ kind: "research", passages: [{ document: "guide.md" }] }]);
    const follow = (await (
      await api.request(...post("/v1/research", question({ task: "and then?", session: "talk" })))
    ).json()) as ResearchAnswer;
    expect(follow.how).toBe("quoted");
    expect(await (await api.request("/v1/sessions/talk", { method: "DELETE" })).json()).toEqual({
      name: "talk",
      forgotten: true,
    });
    expect(await (await api.request("/v1/sessions/talk")).json()).toEqual({ name: "talk", turns: [] });
    expect((await api.request("/v1/sessions/..%2fx")).status).toBe(400);
  });

  it.each<[string, unknown, string]>([
    ["/v1/research", {}, "task"],
    ["/v1/research", { task: "a", format: "poem" }, "format"],
    ["/v1/research", { task: "a", engrams: [] }, "body"],
    ["/v1/code", { task: "a", engram: "x" }, "body"],
    ["/v1/ask", { task: "x".repeat(limits.taskCharacters + 1) }, "task"],
    ["/v1/ask", { task: "a", engram: ["a\u0000b"] }, "engram"],
    ["/v1/ask", [], "body"],
  ])("refuses what is wrong: %s, %#", async (path, body, place) => {
    const response = await app().request(...post(path, body));
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("bad-request");
    expect(error.message).toContain(place);
  });

  it("describes itself by the schemas that requests are checked with", async () => {
    const document = (await (await app().request("/openapi.json")).json()) as {
      paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: object }> } } }>;
    };
    const ajv = new Ajv2020.default({ strict: false });
    for (const [path, good] of [
      ["/v1/research", question({ format: "report" })],
      ["/v1/code", { task: "a", how: "pipeline" }],
      ["/v1/ask", { task: "a" }],
    ] as const) {
      const schema = document.paths[path]?.post?.requestBody.content["application/json"]?.schema ?? {};
      const isValid = ajv.compile(schema);
      expect(isValid(good)).toBe(true);
      expect(isValid({ ...good, more: 1 })).toBe(false);
      expect(isValid({})).toBe(false);
    }
  });
});

describe("the assistant on a server", () => {
  it("cancels a question whose asker hangs up, as events and as one document", async () => {
    const reasons: unknown[] = [];
    const model = fakeModel(
      (request) =>
        new Promise((_, reject) => {
          request.signal?.addEventListener("abort", () => {
            reasons.push(request.signal?.reason);
            reject(request.signal?.reason as Error);
          });
        }),
    );
    const server = await serveLocally(app(model), { host: "127.0.0.1", port: 0, token: null });
    for (const headers of [{ accept: "text/event-stream" }, { accept: "application/json" }]) {
      const asker = new AbortController();
      const [path, init] = post("/v1/research", question(), headers);
      const asked = fetch(server.url + path, { ...init, signal: asker.signal });
      asked.catch(() => {});
      const before = reasons.length;
      await expect
        .poll(async () => ((await (await fetch(`${server.url}/health`)).json()) as { running: number }).running)
        .toBe(1);
      if (headers.accept === "text/event-stream") await (await asked).body?.getReader().read();
      asker.abort();
      await expect.poll(() => reasons.length).toBe(before + 1);
      await expect
        .poll(async () => ((await (await fetch(`${server.url}/health`)).json()) as { running: number }).running)
        .toBe(0);
    }
    await server.close();
  });
});
