import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Database from "libsql";
import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import { loadServerConfig } from "../../../src/config/server-config.ts";
import { purgeOld, purging } from "../../../src/handlers/purge.ts";
import { openSqliteServiceNotes } from "../../../src/intake/sqlite-service-notes.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import type { ServerServices } from "../../../src/services.ts";
import { createExclusive } from "../../../src/shared/exclusive.ts";

const root = mkdtempSync(join(tmpdir(), "purge-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const key = (name: string): string => `github.com/octo/${name}`;

function services() {
  const { home } = loadServerConfig({ ASSISTANT_HOME: root, APP_ID: "1", PRIVATE_KEY_PATH: keyFile() }, { poll: true });
  const some = {
    queue: createMemoryQueue(),
    serviceNotes: openSqliteServiceNotes(home.service),
    past: { trackers: { purge: vi.fn() } },
    exclusive: createExclusive(),
    synced: new Set([key("hello")]),
    config: { home, retentionMs: 90 * 86_400_000, github: { host: "github.com" } },
    log: pino({ level: "silent" }),
  };
  return { home, services: some as unknown as ServerServices };
}

function keyFile(): string {
  const file = join(root, "app.pem");
  mkdirSync(root, { recursive: true });
  writeFileSync(file, pem);
  return file;
}

const { privateKey } = await import("node:crypto").then(({ generateKeyPairSync }) =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }),
);
const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;

function put(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "x");
  return path;
}

it("forgets everything of a repository that the app was taken off, and nothing of one whose name begins alike", async () => {
  const { home, services: given } = services();
  const of = (name: string) => [
    put(join(home.mirrors, key(name), "HEAD")),
    put(join(home.engrams, `${key(name)}.engram`)),
    put(join(home.engrams, `${key(name)}.engram-wal`)),
    put(join(home.history, `${key(name)}.calibration`)),
    put(join(home.trackers, `${key(name)}.tracker`)),
    put(join(home.outcomes, key(name), "pull-1.json")),
    put(join(home.knowledge, "specifications", `implemented.${key(name).replaceAll("/", ".")}.engram`)),
  ];
  const [mine, others] = [of("hello"), of("hello.js")];
  const db = new Database(home.pulls);
  db.exec("CREATE TABLE note (repository TEXT, text TEXT)");
  db.prepare("INSERT INTO note VALUES (?, 'a'), (?, 'b')").run([key("hello"), key("other")]);
  given.serviceNotes.setSwitch(key("hello"), true, "mara", 1);

  const repository = { host: "github.com", owner: "Octo", name: "Hello" };
  const run = purging(async () => {});
  const job = { kind: "forget", repository, installationId: 1, what: "repository", id: 1 } as const;
  await run(job, given, new AbortController().signal, 1);

  expect(mine.filter((path) => existsSync(path))).toEqual([]);
  expect(others.filter((path) => !existsSync(path))).toEqual([]);
  expect(db.prepare("SELECT text FROM note").all([])).toEqual([{ text: "b" }]);
  expect(given.serviceNotes.isOff(key("hello"))).toBe(false);
  expect(given.synced.size).toBe(0);
  db.close();
  given.serviceNotes.shut();
});

it("forgets also what lies under the name that a repository had before, where nobody noticed the new one", async () => {
  const { home, services: given } = services();
  given.serviceNotes.setName(7, key("hello"));
  const gone = [put(join(home.trackers, `${key("hello")}.tracker`)), put(join(home.outcomes, key("hello"), "1.json"))];
  const stays = put(join(home.trackers, `${key("other")}.tracker`));
  const repository = { host: "github.com", owner: "octo", name: "greeting" };
  const job = { kind: "forget", repository, installationId: 1, what: "repository", id: 7 } as const;
  await purging(async () => {})(job, given, new AbortController().signal, 1);

  expect(gone.filter((path) => existsSync(path))).toEqual([]);
  expect(existsSync(stays)).toBe(true);
  expect(given.serviceNotes.nameOf(7)).toBeNull();
  given.serviceNotes.shut();
});

it("throws away outcomes and copies that are older than they are kept for", async () => {
  const { home, services: given } = services();
  const old = new Date(Date.now() - 91 * 86_400_000);
  const [gone, stays] = [put(join(home.outcomes, key("a"), "1.json")), put(join(home.outcomes, key("b"), "1.json"))];
  const [unused, used] = [put(join(home.mirrors, key("a"), "HEAD")), put(join(home.mirrors, key("b"), "HEAD"))];
  for (const path of [gone, unused]) utimesSync(path, old, old);
  await purgeOld(given);

  expect([gone, stays, unused, used].map((path) => existsSync(path))).toEqual([false, true, false, true]);
  given.serviceNotes.shut();
});
