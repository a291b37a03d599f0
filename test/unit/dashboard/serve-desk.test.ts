import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Desk } from "../../../src/dashboard/desk.ts";
import { serveDashboard } from "../../../src/dashboard/serve-dashboard.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { limits } from "../../../src/shared/limits.ts";
import { sampleData } from "./sample-data.ts";
import { sampleDesk, samplePassages } from "./sample-desk.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function start(desk: Desk, token?: string, report: (error: unknown) => void = () => {}): Promise<string> {
  const answer = serveDashboard({ token, look: async () => sampleData(), desk, protocol: "https", report });
  const server = createServer((request, response) => void answer(request, response));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard`;
}

/** What the form of the page holds. */
async function formOf(url: string, headers: Record<string, string> = {}): Promise<Record<string, string>> {
  const page = await (await fetch(`${url}/ask`, { headers })).text();
  const valueOf = (name: string): string =>
    new RegExp(`id="send">.*?name="${name}" value="([^"]*)"`, "s").exec(page)?.[1] ?? "";
  return { form: valueOf("form"), conversation: valueOf("conversation"), in: "github.com/acme/shop", q: "rounding?" };
}

async function ask(url: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ ...(await formOf(url)), ...more });
  return fetch(`${url}/ask`, { method: "POST", body, headers });
}

const stream = { accept: "text/event-stream" };

/** Names and data of events, in order. */
function eventsOf(text: string): [string, Record<string, string>][] {
  return text
    .split("\n\n")
    .filter(Boolean)
    .map((block) => {
      const [, event = "", data = "{}"] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      return [event, JSON.parse(data) as Record<string, string>];
    });
}

const busy = new AssistantError("4 questions are being answered", {
  code: "assistant-busy",
  remedy: "Try again in some seconds.",
  transient: true,
});

describe("a search", () => {
  it("shows places with their lines, and links to them", async () => {
    const search = vi.fn<Desk["search"]>(sampleDesk().search);
    const url = await start(sampleDesk({ search }));
    const answer = await fetch(`${url}/search?in=github.com%2Facme%2Fshop&q=price+of`);
    const page = await answer.text();
    expect(search.mock.calls[0]?.slice(0, 2)).toEqual(["github.com/acme/shop", "price of"]);
    expect(page).toContain("https://github.com/acme/shop/blob/4d5e6f7a8b9c0d1e/src/price%20list.ts#L10-L12");
    expect(page).toContain("https://github.com/acme/shop/issues/7");
    expect(page).toContain("https://github.com/acme/shop/commit/1a2b3c4d5e6f");
    expect(page).toContain(`<span class="line marked" data-n="11">  return item.net * (1 + item.tax);`);
    expect(page).toContain("3 places found");
  });

  it("asks nobody before there is a text, and says what it is for", async () => {
    const search = vi.fn<Desk["search"]>();
    const page = await (await fetch(`${await start(sampleDesk({ search }))}/search?q=+`)).text();
    expect(search).not.toHaveBeenCalled();
    expect(page).toContain("A search finds what is like a text");
  });

  it("says that nothing is like it, that there is nothing to search, and what is wrong", async () => {
    const none = async () => ({ files: [], commits: [], issues: [], ms: 1 });
    const pageOf = async (more: Partial<Desk>) => fetch(`${await start(sampleDesk(more))}/search?q=whales`);
    expect(await (await pageOf({ search: none })).text()).toContain("Nothing in github.com/acme/shop is like this.");
    expect(await (await pageOf({ sources: async () => [] })).text()).toContain("There is no engram yet");
    const refused = await pageOf({ search: () => Promise.reject(busy) });
    expect(refused.status).toBe(503);
    expect(await refused.text()).toContain("4 questions are being answered. Try again in some seconds.");
  });

  it("shows nothing of a bug's message, and tells whoever runs the service", async () => {
    const report = vi.fn();
    const search = () => Promise.reject(new Error("/root/secret"));
    const answer = await fetch(`${await start(sampleDesk({ search }), undefined, report)}/search?q=a`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("/root/secret");
    expect(report).toHaveBeenCalledOnce();
  });
});

describe("a question", () => {
  it("is answered as events whose markup is ours, the whole answer last", async () => {
    const desk = sampleDesk();
    const answer = await ask(await start(desk), { turn: "2" }, stream);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const events = eventsOf(await answer.text());
    const names = events.map(([name]) => name);
    expect(names).toEqual(["status", "passage", "passage", "passage", "sentence", "sentence", "done"]);
    expect(events[1]?.[1]["html"]).toContain(`<li id="t2-p1" tabindex="-1">`);
    expect(events[5]?.[1]["html"]).toContain(`<a class="citation" href="#t2-p3">[3]</a>`);
    const done = events.at(-1)?.[1];
    expect(done?.["text"]).toBe("The answer is there: 2 sentences, 3 citations.");
    expect(done?.["html"]).toContain("which has qualified for wording (94 % of its sentences are faithful)");
    expect(desk.asked).toMatchObject([{ source: "github.com/acme/shop", text: "rounding?" }]);
    expect(desk.asked[0]?.conversation).toMatch(/^dashboard-\d{14}-[0-9a-f]{8}$/);
  });

  it("is answered with the whole page where there is no script, behind what was asked before", async () => {
    const answer = await ask(await start(sampleDesk()), { conversation: "dashboard-1" });
    const page = await answer.text();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page).toContain("A price is the net price with its tax.");
    expect(page).toContain(`id="t1-p1"`);
    expect(page).toContain("1 sentence of the model kept back by the checks");
  });

  it("says why it is not answered: before the first event with a status, later as an event", async () => {
    const early = sampleDesk({ ask: () => Promise.reject(busy) });
    for (const headers of [{}, stream]) {
      const refused = await ask(await start(early), {}, headers);
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain("Try again in some seconds.");
    }
    const late = sampleDesk({
      async ask(question, { signal, onEvent }) {
        await sampleDesk().ask(question, { signal, ...(onEvent && { onEvent }) });
        throw busy;
      },
    });
    const events = eventsOf(await (await ask(await start(late), {}, stream)).text());
    expect(events.at(-1)).toEqual(["error", { html: expect.stringContaining("Try again") as string }]);
  });

  it.each([
    ["events", stream],
    ["the whole page", {}],
  ])("is not worked on any more once its asker hangs up: %s", async (_, headers) => {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let ended!: (reason: unknown) => void;
    const reason = new Promise((resolve) => (ended = resolve));
    const held = sampleDesk({
      ask: (_question, { signal, onEvent }) =>
        new Promise((_resolve, reject) => {
          onEvent?.({ type: "passage", passage: samplePassages()[0]! });
          signal.addEventListener("abort", () => {
            ended(signal.reason);
            reject(signal.reason as Error);
          });
          begin();
        }),
    });
    const url = await start(held);
    const body = new URLSearchParams(await formOf(url));
    const asker = new AbortController();
    const asked = fetch(`${url}/ask`, { method: "POST", body, headers, signal: asker.signal });
    asked.catch(() => {});
    await begun;
    asker.abort();
    expect(String(await reason)).toContain("nobody waits");
  });

  it.each([
    ["without what its form holds", { form: "" }, {}],
    ["with a form of another reader", { form: "A".repeat(43) }, {}],
    ["from another site", {}, { "sec-fetch-site": "cross-site" }],
    ["from another port of this machine", {}, { "sec-fetch-site": "same-site" }],
    ["from a page of another origin", {}, { origin: "http://evil.example" }],
  ])("is refused %s", async (_, more, headers) => {
    const desk = sampleDesk({ forget: vi.fn<Desk["forget"]>() });
    const url = await start(desk);
    expect((await ask(url, more, { ...stream, ...headers })).status).toBe(403);
    expect(desk.asked).toEqual([]);
    const body = new URLSearchParams({ ...(await formOf(url)), ...more });
    expect((await fetch(`${url}/ask/forget`, { method: "POST", body, headers })).status).toBe(403);
    expect(desk.forget).not.toHaveBeenCalled();
  });

  it("is taken from a page that a proxy serves under another name", async () => {
    expect((await ask(await start(sampleDesk()), {}, { "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  it("is read as far as a form goes", async () => {
    const url = await start(sampleDesk());
    expect((await ask(url, { q: "x".repeat(limits.dashboardQuestionBytes) })).status).toBe(413);
  });

  it("goes on with no conversation of the command line", async () => {
    const desk = sampleDesk();
    await ask(await start(desk), { conversation: "private" });
    expect(desk.asked[0]?.conversation).toMatch(/^dashboard-/);
  });
});

it("forgets a conversation, and shows one that is kept beside what it cited", async () => {
  const forget = vi.fn<Desk["forget"]>(async () => true);
  const url = await start(sampleDesk({ forget }));
  const page = await (await fetch(`${url}/ask?conversation=dashboard-1`)).text();
  expect(page).toContain(`<a class="citation" href="#t1-p1">[1, line 11]</a>`);
  expect(page).toContain("return item.net * (1 + item.tax);");
  const body = new URLSearchParams({ ...(await formOf(url)), conversation: "dashboard-1" });
  const answer = await fetch(`${url}/ask/forget`, { method: "POST", body, redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/dashboard/ask"]);
  expect(forget).toHaveBeenCalledWith("dashboard-1");
});

it("shows nothing of it to whoever may not see the dashboard", async () => {
  const desk = sampleDesk({ search: vi.fn<Desk["search"]>() });
  const url = await start(desk, "0123456789abcdef");
  for (const path of ["search?q=a", "ask", "ask?conversation=dashboard-1"]) {
    const answer = await fetch(`${url}/${path}`);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain("acme");
  }
  expect((await fetch(`${url}/ask`, { method: "POST", body: "q=a", headers: stream })).status).toBe(401);
  expect(desk.search).not.toHaveBeenCalled();
  expect(desk.asked).toEqual([]);
});
