import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSessions } from "../../../src/api/sessions.ts";
import { findHome } from "../../../src/config/home.ts";
import { createSqliteEngramStore } from "../../../src/engram/sqlite-engram-store.ts";
import { openDesk } from "../../../src/handlers/answer-desk.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import type { Model, ModelProvider } from "../../../src/model/model.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { providerOf } from "../../helpers/passages.ts";
import { fakeGitHub, issueAt } from "../../helpers/tracked-records.ts";

const shop = "github.com/acme/shop";
const signal = new AbortController().signal;
const question = "why are order totals rounded up to whole cents";
const conversation = "dashboard-1";

let root: string;
let repository: TestRepository;
let commit: string;
const history = createMemoryHistoryStore();
const trackers = createMemoryTrackerStore();

/** A service's home: one repository with its engram, mirror and issues. */
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "desk-"));
  const home = findHome({ ASSISTANT_HOME: root });
  repository = createRepository(join(home.mirrors, shop));
  repository.write("src/total.ts", "// Order totals are rounded up to whole cents.\nexport const total = Math.ceil;\n");
  repository.write("docs/guide.md", "# Guide\n\nParcels are sent on Mondays.\n");
  commit = repository.commit("Round order totals up to whole cents");
  const engrams = createSqliteEngramStore({ directory: home.engrams });
  const { engram } = await engrams.update(shop, join(home.mirrors, shop), commit);
  engram.close();
  engrams.close();
  const { source } = fakeGitHub({
    issues: [issueAt(7, 1, { title: "Order totals lose a cent", body: "They are not rounded up.", state: "closed" })],
  });
  await trackers.sync(shop, source);
});
afterAll(() => {
  history.close();
  rmSync(root, { recursive: true, force: true });
});

function desk(models: ModelProvider = providerOf(null)) {
  const home = findHome({ ASSISTANT_HOME: root });
  return openDesk({
    home,
    models,
    engrams: createSqliteEngramStore({ directory: home.engrams }),
    past: { history, trackers },
  });
}

/** Cites the file. */
const writer = (): Model =>
  fakeModel((request) => {
    const id = /PASSAGE (\d+) \S+ src\/total\.ts/.exec(promptText(request))?.[1] ?? "";
    return JSON.stringify({ answer: [{ sources: [id], sentence: "Order totals are rounded up to whole cents." }] });
  });

const qualified = (model: Model, allowed: boolean): ModelProvider => ({
  ...providerOf(model),
  qualified: () => ({ allowed, reason: "so it was measured" }),
});

describe("a search", () => {
  it("finds files, commits and issues of a repository", async () => {
    const found = await desk().search(shop, "totals are rounded up", signal);
    expect(found.files[0]).toMatchObject({ document: "src/total.ts", source: shop, revision: commit, startLine: 1 });
    expect(found.files[0]?.text).toContain("rounded up to whole cents");
    expect(found.commits).toMatchObject([{ document: commit.slice(0, 12), source: `${shop} commits` }]);
    expect(found.issues).toMatchObject([{ document: "#7", source: `${shop} issues` }]);
  });

  it.each(["github.com/acme/other", "../../etc/passwd", "", "docs.engram"])(
    "opens nothing that is not listed: %s",
    async (source) => {
      await expect(desk().search(source, "a", signal)).rejects.toMatchObject({ code: "unknown-source" });
      await expect(desk().ask({ source, text: "a", conversation }, { signal })).rejects.toMatchObject({
        code: "unknown-source",
      });
    },
  );
});

it("lists the repositories of which there are engrams", async () => {
  expect(await desk().sources()).toEqual([{ name: shop, kind: "repository" }]);
});

describe("a question", () => {
  it("is answered by quotations of files, commits and issues where there is no model, and says so", async () => {
    const answer = await desk().ask({ source: shop, text: question, conversation: "dashboard-2" }, { signal });
    expect(answer).toMatchObject({ how: "quoted", why: expect.stringContaining("no model") as string });
    const sources = new Set(answer.passages.map(({ source }) => source));
    expect(sources).toContain(shop);
    expect(sources).toContain(`${shop} commits`);
  });

  it("quotes no model that has not qualified for wording", async () => {
    const model = fakeModel(() => {
      throw new Error("it was asked");
    });
    const answer = await desk(qualified(model, false)).ask(
      { source: shop, text: question, conversation: "dashboard-3" },
      { signal },
    );
    expect(answer).toMatchObject({ how: "quoted", why: "fake is not quoted: so it was measured" });
  });

  it("takes back what another model said that stepped in and has not qualified", async () => {
    const told: string[] = [];
    const model = writer();
    const other = {
      ...model,
      generate: (async (request) => ({
        ...(await model.generate(request)),
        model: { ...model.identity, name: "other" },
      })) as Model["generate"],
    };
    const models: ModelProvider = {
      ...providerOf(other),
      qualified: ({ name }) => ({ allowed: name !== "other", reason: "it has not been measured" }),
    };
    const asked = { source: shop, text: question, conversation: "dashboard-4" };
    const answer = await desk(models).ask(asked, { signal, onEvent: ({ type }) => told.push(type) });
    expect(answer).toMatchObject({ how: "quoted", why: "other is not quoted: it has not been measured" });
    expect(told.slice(told.indexOf("sentence"))).toEqual(["sentence", "restart"]);
  });

  it("is kept as a conversation, whose citations are read again where they stand", async () => {
    const answer = await desk(qualified(writer(), true)).ask(
      { source: shop, text: question, conversation },
      { signal },
    );
    expect(answer).toMatchObject({ how: "model", passages: [{ document: "src/total.ts" }] });
    const home = findHome({ ASSISTANT_HOME: root });
    await openSessions(home).add("private", {
      at: "2026-01-01",
      kind: "research",
      question: "a",
      answer: "b",
      passages: [],
    });
    const fresh = desk();
    expect(fresh.conversations().map(({ name, title }) => [name, title])).toContainEqual([conversation, question]);
    expect(fresh.conversations().map(({ name }) => name)).not.toContain("private");
    const [turn] = await fresh.turns(conversation, signal);
    expect(turn).toMatchObject({ question, cited: [{ id: answer.passages[0]?.id, text: answer.passages[0]?.text }] });
    expect(await fresh.turns("private", signal)).toEqual([]);
    expect(await fresh.forget("private")).toBe(false);
    expect(await fresh.forget(conversation)).toBe(true);
    expect(await fresh.turns(conversation, signal)).toEqual([]);
  });

  it("that is stopped ends the model's work, and is not kept", async () => {
    const asker = new AbortController();
    const model = fakeModel(
      (request) =>
        new Promise((_, reject) => {
          request.signal?.addEventListener("abort", () => reject(request.signal?.reason as Error));
          asker.abort(new AssistantError("stopped", { code: "stopped", remedy: "" }));
        }),
    );
    const models = qualified(model, true);
    const asked = { source: shop, text: question, conversation: "dashboard-5" };
    await expect(desk(models).ask(asked, { signal: asker.signal })).rejects.toMatchObject({ code: "stopped" });
    expect(await desk().turns("dashboard-5", signal)).toEqual([]);
  });
});

it("shows what it cited of commits and issues, and says what is gone", async () => {
  const passages = [
    { id: "1", source: `${shop} issues`, document: "#7", page: null, startLine: 1, endLine: 3 },
    { id: "2", source: `${shop} commits`, document: commit.slice(0, 12), page: null, startLine: 1, endLine: 1 },
    { id: "3", source: shop, document: "src/removed.ts", page: null, startLine: 1, endLine: 9 },
    { id: "4", source: "github.com/acme/removed", document: "a.ts", page: null, startLine: 1, endLine: 2 },
  ];
  const home = findHome({ ASSISTANT_HOME: root });
  await openSessions(home).add("dashboard-6", {
    at: "2026-01-01",
    kind: "research",
    question: "a",
    answer: "b",
    passages,
  });
  const [turn] = await desk().turns("dashboard-6", signal);
  expect(turn?.cited.map(({ id, text }) => [id, text.split("\n")[0]])).toEqual([
    ["1", "Order totals lose a cent"],
    ["2", "Round order totals up to whole cents"],
    ["3", ""],
    ["4", ""],
  ]);
});
