import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSqliteHistoryStore } from "../../src/history/sqlite-history-store.ts";
import { randomHistory } from "./history-random.ts";
import { expectPlain, historyStoreSuite, temporaryRepository } from "./history-suite.ts";

historyStoreSuite((limit) => createSqliteHistoryStore({ directory: temporaryFolder(), ...(limit && { limit }) }));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "histories-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A history that was kept in a file by a store that is closed. */
async function keptHistory(commits = 40) {
  const repository = temporaryRepository();
  const tips = randomHistory(repository, 7, commits);
  const directory = temporaryFolder();
  const open = (): ReturnType<typeof createSqliteHistoryStore> => createSqliteHistoryStore({ directory });
  const store = open();
  const { report } = await store.update("host/owner/name", repository.dir, tips.slice(-12, -5));
  store.close();
  return { repository, tips, open, file: join(directory, "host/owner/name.commits"), read: report.read };
}

describe("the file", () => {
  it("is read again by another store, which then reads from git only what is new", async () => {
    const { repository, tips, open, file } = await keptHistory();
    expect(existsSync(file)).toBe(true);

    const store = open();
    const warm = await store.update("host/owner/name", repository.dir, tips.slice(-7, -5));
    const asked = tips.slice(-12);
    const later = await store.update("host/owner/name", repository.dir, asked);

    expect(warm.report.read).toBe(0);
    const known = tips.slice(-12, -5).map((tip) => `^${tip}`);
    expect(later.report.read).toBe(Number(repository.git("rev-list", "--count", ...asked, ...known)));
    for (const tip of tips.slice(-7)) expectPlain(later.index.at(tip), repository);
    expect((await open().update("host/owner/name", repository.dir, asked)).report.read).toBe(0);
  });

  it("holds what a shallow clone got later", async () => {
    const { repository, tips } = await keptHistory();
    const tip = tips.at(-1) ?? "";
    const clone = join(temporaryFolder(), "clone");
    repository.git("clone", "--quiet", "--depth=2", "--no-checkout", "--branch=c40", `file://${repository.dir}`, clone);
    const directory = temporaryFolder();
    const update = () => createSqliteHistoryStore({ directory }).update("key", clone, [tip]);

    expect((await update()).index.at(tip).shallow).toBe(true);
    repository.git("-C", clone, "fetch", "--quiet", "--unshallow");
    await update();
    const { index, report } = await update();

    expect(report.read).toBe(0);
    expectPlain(index.at(tip), repository);
  });

  it("remembers how far back was read, where a limit left older commits out", async () => {
    const repository = temporaryRepository();
    const tips = randomHistory(repository, 3, 60);
    const directory = temporaryFolder();
    const update = (limit: number, gitDir = repository.dir) =>
      createSqliteHistoryStore({ directory, limit }).update("key", gitDir, [tips[59] ?? ""]);

    const first = await update(5);
    // So git is not even asked.
    const again = await update(5, join(directory, "nowhere"));
    const more = await update(11);

    expect([first.report.read, again.report.read, more.report.read]).toEqual([5, 0, 6]);
    expect(more.index.at(tips[59] ?? "").commits).toHaveLength(11);
  });

  it.each<[string, (file: string) => void]>([
    ["no database", (file) => replace(file, Buffer.from("no database at all\n".repeat(500)))],
    ["empty", (file) => replace(file, Buffer.alloc(0))],
    ["cut off", (file) => replace(file, readFileSync(file).subarray(0, 9_000))],
    ["of another format", (file) => runSql(file, "PRAGMA user_version = 99")],
    ["of another program", (file) => runSql(file, "PRAGMA application_id = 1; DROP TABLE commits")],
    ["without a table", (file) => runSql(file, "DROP TABLE read_back")],
    ["changed in a record", (file) => runSql(file, "UPDATE commits SET record = CAST('x' AS BLOB) WHERE number = 3")],
    ["changed in a checksum", (file) => runSql(file, "UPDATE commits SET crc = crc + 1 WHERE number = 20")],
    ["without UTF-8", (file) => runSql(file, "UPDATE commits SET id = CAST(x'fffe' AS TEXT) WHERE number = 9")],
  ])("that is %s is begun afresh", async (_, damage) => {
    const { repository, tips, open, file, read } = await keptHistory();
    damage(file);

    const tip = tips.at(-6) ?? "";
    const { index, report } = await open().update("host/owner/name", repository.dir, tips.slice(-12, -5));

    expectPlain(index.at(tip), repository);
    expect(report.read).toBe(read);
    expect((await open().update("host/owner/name", repository.dir, [tip])).report.read).toBe(0);
  });

  it("that lacks commits in the middle is filled", async () => {
    const { repository, tips, open, file } = await keptHistory();
    runSql(file, "DELETE FROM commits WHERE number % 3 = 0");

    const { index } = await open().update("host/owner/name", repository.dir, tips);

    for (const tip of tips.slice(-3)) expectPlain(index.at(tip), repository);
  });

  it("is an error that says what to do, where it cannot be written", async () => {
    const repository = temporaryRepository();
    const head = repository.commit("One");
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "key.commits"));
    const update = (directory: string, key: string) =>
      createSqliteHistoryStore({ directory }).update(key, repository.dir, [head]);

    await expect(update(join(folder, "file"), "key")).rejects.toMatchObject({ code: "history-unusable" });
    await expect(update(folder, "key")).rejects.toMatchObject({ code: "history-unusable" });
    await expect(update(folder, "../key")).rejects.toMatchObject({ code: "bad-history-key" });
  });
});

describe("several processes", { timeout: 120_000 }, () => {
  it("may update one file at once", async () => {
    const repository = temporaryRepository();
    const tips = randomHistory(repository, 11, 120);
    const directory = temporaryFolder();
    const ask = [tips.at(-1), tips.at(-2), tips[60]].map((tip) => tip ?? "");

    const ended = await Promise.all(ask.map((tip) => runUpdater(directory, repository.dir, 7, [tip]).ended));

    expect(ended.map(({ code, error }) => [code, error])).toEqual([
      [0, ""],
      [0, ""],
      [0, ""],
    ]);
    const { index, report } = await createSqliteHistoryStore({ directory }).update("key", repository.dir, ask);
    expect(report.read).toBe(0);
    for (const tip of ask) expectPlain(index.at(tip), repository);
  });

  it("see what others have kept, and go on when the file is begun afresh", async () => {
    const { repository, tips, open, file } = await keptHistory();
    const [one, two] = [open(), open()];
    const update = (store: typeof one, tip: number) =>
      store.update("host/owner/name", repository.dir, [tips.at(tip) ?? ""]);

    await update(one, -6);
    await update(two, -1);
    expect((await update(one, -1)).report.read).toBe(0);
    for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
    await update(two, -2);
    const { index } = await update(one, -2);

    expectPlain(index.at(tips.at(-2) ?? ""), repository);
    expectPlain((await update(open(), -1)).index.at(tips.at(-1) ?? ""), repository);
  });

  it("may be killed at any time", async () => {
    const repository = temporaryRepository();
    const tips = randomHistory(repository, 5, 150);
    const tip = tips.at(-1) ?? "";
    const directory = temporaryFolder();
    const kept: number[] = [];

    for (let kill = 0; kill < 6; kill++) {
      const updater = runUpdater(directory, repository.dir, 3, [tip]);
      await updater.printed(1 + kill);
      updater.kill();
      await updater.ended;
      kept.push(countCommits(join(directory, "key.commits")));
    }
    const { index, report } = await createSqliteHistoryStore({ directory }).update("key", repository.dir, [tip]);

    expectPlain(index.at(tip), repository);
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
    expect(kept[0]).toBeGreaterThan(0);
    expect(report.read).toBe(index.at(tip).commits.length - (kept.at(-1) ?? 0));
  });
});

function runUpdater(directory: string, gitDir: string, batch: number, commits: string[]) {
  const script = fileURLToPath(new URL("history-updater.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, directory, gitDir, String(batch), ...commits]);
  let output = "";
  let error = "";
  const waiting: (() => void)[] = [];
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    for (const look of waiting) look();
  });
  child.stderr.on("data", (data: Buffer) => (error += data.toString()));
  const ended = new Promise<{ code: number | null; error: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, error }));
  });
  const printed = (lines: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (output.split("\n").length > lines) resolve();
      };
      waiting.push(look);
      look();
      void ended.then(() => resolve());
    });
  return { ended, printed, kill: () => child.kill("SIGKILL") };
}

/** A file of its own: what was there is still open in this process. */
function replace(file: string, content: Buffer): void {
  for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
  writeFileSync(file, content);
}

function runSql(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

function countCommits(file: string): number {
  const db = new Database(file);
  const { count } = db.prepare("SELECT count(*) AS count FROM commits").get([]) as { count: number };
  db.close();
  return count;
}
