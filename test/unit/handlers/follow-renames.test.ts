import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { findHome, type Home } from "../../../src/config/home.ts";
import { noteName, underNewestName } from "../../../src/handlers/follow-renames.ts";
import { switching, unlessOff } from "../../../src/handlers/switch-app.ts";
import { openSqlitePullNotes } from "../../../src/intake/sqlite-pull-notes.ts";
import { openSqliteServiceNotes } from "../../../src/intake/sqlite-service-notes.ts";
import type { Job } from "../../../src/jobs/job.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import type { ServerServices } from "../../../src/services.ts";
import { AssistantError } from "../../../src/shared/errors.ts";
import { createExclusive } from "../../../src/shared/exclusive.ts";
import { limits } from "../../../src/shared/limits.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const named = (id: number, name: string) => ({ id, repository: { host: "github.com", owner: "octo", name } });
const key = (name: string): string => `github.com/octo/${name}`;
const pull = (name: string) => ({ repository: key(name), number: 1 });

let root: string;
let home: Home;
let services: ServerServices;
/** What GitHub answers: names of repositories by their ids. */
let name: string;
let others: Map<number, string>;
let asked: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "renames-"));
  home = findHome({ ASSISTANT_HOME: root });
  name = "hello";
  others = new Map();
  asked = 0;
  const answer = (id: number) => ({ data: { id, owner: { login: "octo" }, name: others.get(id) ?? name } });
  const get = async () => {
    asked++;
    return answer(7);
  };
  const request = async (_route: string, { id }: { id: number }) => {
    asked++;
    return answer(id);
  };
  const some = {
    probot: { auth: async () => ({ rest: { repos: { get } }, request }) },
    queue: createMemoryQueue(),
    serviceNotes: openSqliteServiceNotes(home.service),
    past: { trackers: { purge: vi.fn() } },
    exclusive: createExclusive(),
    synced: new Set(),
    config: { home },
    log: pino({ level: "silent" }),
  };
  services = some as unknown as ServerServices;
});
afterEach(() => {
  services.serviceNotes.shut();
  rmSync(root, { recursive: true, force: true });
});

function put(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, path);
  return path;
}

it("takes along what people said when a repository has another name, and makes copies anew", async () => {
  await noteName(named(7, "hello"), services);
  const notes = openSqlitePullNotes(home.pulls);
  notes.setReviewed(pull("hello"), "abc main");
  services.serviceNotes.setSwitch(key("hello"), true, "mara", 1);
  services.serviceNotes.setMark(key("hello"), "comments", "2026");
  const outcome = put(join(home.outcomes, key("hello"), "pull-1.json"));
  const copies = [
    put(join(home.mirrors, key("hello"), "HEAD")),
    put(join(home.engrams, `${key("hello")}.engram`)),
    put(join(home.trackers, `${key("hello")}.tracker`)),
  ];

  await noteName(named(7, "Greeting"), services);
  expect(notes.read(pull("greeting")).reviewed).toBe("abc main");
  expect(notes.read(pull("hello")).reviewed).toBeNull();
  expect([key("greeting"), key("hello")].map((one) => services.serviceNotes.isOff(one))).toEqual([true, false]);
  expect(services.serviceNotes.mark(key("greeting"), "comments")).toBe("2026");
  expect(readFileSync(join(home.outcomes, key("greeting"), "pull-1.json"), "utf8")).toBe(outcome);
  expect(copies.filter((path) => existsSync(path))).toEqual([]);

  // Once is enough: what is said from now on stays.
  notes.setReviewed(pull("greeting"), "def main");
  await noteName(named(7, "greeting"), services);
  expect(notes.read(pull("greeting")).reviewed).toBe("def main");
  notes.shut();
});

it("shows nothing of a repository in another one that has its name now, and leaves that one switched off", async () => {
  await noteName(named(7, "hello"), services);
  const notes = openSqlitePullNotes(home.pulls);
  notes.setReviewed(pull("hello"), "abc main");
  services.serviceNotes.setSwitch(key("hello"), true, "mara", 1);
  const tracker = put(join(home.trackers, `${key("hello")}.tracker`));

  await noteName(named(8, "hello"), services);
  expect(notes.read(pull("hello")).reviewed).toBeNull();
  expect(existsSync(tracker)).toBe(false);
  expect(services.serviceNotes.isOff(key("hello"))).toBe(true);
  // The first one, under whatever name it is seen again, has nothing to take along from there.
  notes.setReviewed(pull("hello"), "of the second");
  await noteName(named(7, "greeting"), services);
  expect(notes.read(pull("hello")).reviewed).toBe("of the second");
  notes.shut();
});

it("queues a job anew under the name that its repository has by now, and does it there", async () => {
  const done: Job[] = [];
  const run = underNewestName(async (job) => void done.push(job));
  const { signal } = new AbortController();
  await run(reviewJob(1), services, signal, 1);
  await run(reviewJob(2), services, signal, 1);
  expect(done).toEqual([reviewJob(1), reviewJob(2)]);
  expect(asked).toBe(1);

  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + limits.nameKnownMs });
  name = "greeting";
  await run(reviewJob(3), services, signal, 1);
  expect(done).toHaveLength(2);
  const moved = { ...reviewJob(3), repository: { host: "github.com", owner: "octo", name: "greeting" } };
  expect((await services.queue.claim("w"))?.job).toEqual(moved);
  await run(moved, services, signal, 1);
  expect(done.at(-1)).toEqual(moved);
  vi.useRealTimers();
});

it("asks again at once where a job ended with an error: the name may have changed meanwhile", async () => {
  const { signal } = new AbortController();
  const run = underNewestName(async () => {
    throw new Error("git: repository not found");
  });
  await expect(run(reviewJob(1), services, signal, 1)).rejects.toThrow("not found");
  name = "greeting";
  await run(reviewJob(1), services, signal, 2);
  expect(asked).toBe(2);
  expect(await services.queue.counts()).toMatchObject({ waiting: 1 });
});

it("asks nothing of GitHub for a repository that it was taken off", async () => {
  const done: Job[] = [];
  const run = underNewestName(async (job) => void done.push(job));
  const { repository, installationId } = reviewJob(1);
  await run(
    { kind: "forget", repository, installationId, what: "repository", id: 7 },
    services,
    AbortSignal.abort(),
    1,
  );
  expect([done.length, asked]).toEqual([1, 0]);
});

it("asks once more where a job is about to end: its repository may just have got another name", async () => {
  const { signal } = new AbortController();
  let error: Error | null = null;
  const run = underNewestName(async () => {
    if (error !== null) throw error;
  });
  await run(reviewJob(1), services, signal, 1);
  error = new AssistantError("no token for hello", { code: "not-permitted", remedy: "" });
  await expect(run(reviewJob(1), services, signal, 1)).rejects.toThrow("no token");
  name = "greeting";
  for (const code of ["not-permitted", "repository-moved"]) {
    error = null;
    name = "hello";
    await run(reviewJob(1), services, signal, 1);
    error = new AssistantError("", { code, remedy: "", transient: code === "repository-moved" });
    name = "greeting";
    await run(reviewJob(1), services, signal, 1);
    const again = await services.queue.claim("w");
    expect(again?.job.repository.name).toBe("greeting");
    await services.queue.complete(again?.id ?? 0, "w");
  }
});

it("gives up a job whose writes are redirected though its repository has no other name", async () => {
  const moved = new AssistantError("moved", { code: "repository-moved", remedy: "", transient: true });
  const run = underNewestName(async () => {
    throw moved;
  });
  await expect(run(reviewJob(1), services, new AbortController().signal, 1)).rejects.toThrow(moved);
  expect(await services.queue.counts()).toMatchObject({ waiting: 0 });
});

it("does a job where its repository is now, although another one has its former name, within the minute", async () => {
  const done: Job[] = [];
  const run = underNewestName(async (job) => void done.push(job));
  const { signal } = new AbortController();
  const job = (id: number): Job => ({ ...reviewJob(1), repository: { ...named(id, "hello").repository, id } });
  await run(job(7), services, signal, 1);
  expect(done).toEqual([job(7)]);

  others.set(7, "greeting").set(8, "hello");
  const tracker = put(join(home.trackers, `${key("hello")}.tracker`));
  await run(job(8), services, signal, 1);
  expect(done).toEqual([job(7), job(8)]);
  expect(existsSync(tracker)).toBe(false);
  await run(job(7), services, signal, 1);
  expect(done).toHaveLength(2);
  expect((await services.queue.claim("w"))?.job.repository).toMatchObject({ id: 7, name: "greeting" });
});

it("keeps what came along when it is killed before it has noted the name", async () => {
  await noteName(named(7, "hello"), services);
  await noteName(named(8, "greeting"), services);
  const notes = openSqlitePullNotes(home.pulls);
  notes.setReviewed(pull("hello"), "abc main");
  const killed = { ...services, serviceNotes: { ...services.serviceNotes, setName: () => expect.fail("killed") } };
  await expect(noteName(named(7, "greeting"), killed)).rejects.toThrow("killed");
  expect(notes.read(pull("greeting")).reviewed).toBe("abc main");

  await noteName(named(7, "greeting"), services);
  expect(notes.read(pull("greeting")).reviewed).toBe("abc main");
  notes.shut();
});

it("takes a repository's things along once, however many jobs see the new name together", async () => {
  await noteName(named(7, "hello"), services);
  await noteName(named(8, "greeting"), services);
  const notes = openSqlitePullNotes(home.pulls);
  notes.setReviewed(pull("hello"), "abc main");
  put(join(home.outcomes, key("hello"), "pull-1.json"));
  await Promise.all([1, 2, 3].map(() => noteName(named(7, "greeting"), services)));
  expect(notes.read(pull("greeting")).reviewed).toBe("abc main");
  expect(existsSync(join(home.outcomes, key("greeting"), "pull-1.json"))).toBe(true);
  notes.shut();
});

it("leaves no plan under a name that another repository may take", async () => {
  await noteName(named(7, "hello"), services);
  const plan = put(join(home.knowledge, "specifications", "implemented.github.com.octo.hello.engram"));
  await noteName(named(7, "greeting"), services);
  expect(existsSync(plan)).toBe(false);
});

it("follows the switch to the new name, instead of answering it for ever under the old one", async () => {
  const done: Job[] = [];
  const run = unlessOff(underNewestName(switching(async (job) => void done.push(job))));
  name = "greeting";
  const { repository, installationId } = reviewJob(1);
  const command = { verb: "off", argument: "", commentId: 1, sender: "mara" };
  const job: Job = { kind: "answer", repository, installationId, number: 1, onPull: false, command };
  await run(job, services, new AbortController().signal, 1);
  expect((await services.queue.claim("w"))?.job).toMatchObject({ kind: "answer", repository: { name: "greeting" } });
});
