import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openSqliteQueue } from "../../../src/jobs/sqlite-queue.ts";
import { openQueueDatabase } from "../../../src/jobs/sqlite-schema.ts";
import { limits } from "../../../src/shared/limits.ts";
import { reviewJob } from "../../helpers/jobs.ts";

/** Of util-linux: it lowers a limit of a process that runs. */
const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sqlite-queue-"));
  file = join(folder, "jobs.db");
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

it("has every acknowledged job after its process was killed", async () => {
  const child = start("accept", file);
  const printed = collect(child);
  while (printed().length < 20) await once(child.stdout!, "data");
  child.kill("SIGKILL");
  await once(child, "close");

  const db = new Database(file);
  const found = new Set(
    db
      .prepare("SELECT job_key FROM job")
      .all([])
      .map((row) => (row as { job_key: string }).job_key),
  );
  expect(db.prepare("PRAGMA integrity_check").get([])).toMatchObject({ integrity_check: "ok" });
  db.close();
  expect(printed().filter((number) => !found.has(`github.com/octo/hello #${number} review`))).toEqual([]);
});

it("lets two processes share the file: each job is claimed exactly once", async () => {
  const queue = openSqliteQueue(file);
  const jobs = Array.from({ length: 200 }, (_, index) => reviewJob(index));
  await queue.accept({ id: "d", event: "test" }, jobs);
  const children = ["a", "b"].map((name) => start("claim", file, name));
  const outputs = children.map(collect);
  await Promise.all(children.map((child) => once(child, "close")));

  const [a = [], b = []] = outputs.map((printed) => printed());
  expect([...a, ...b].sort((x, y) => x - y)).toEqual(jobs.map((_, index) => index + 1));
  expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 200, failed: 0 });
  await queue.close();
});

it.skipIf(!hasPrlimit)(
  "says no where the disk is full, has what it said yes to, and goes on once there is room",
  async () => {
    const child = start("fill", file);
    const printed = collect(child);
    const until = async (number: (last: number) => boolean): Promise<number> => {
      while (!number(printed().at(-1) ?? Number.NaN)) await once(child.stdout!, "data");
      return printed().at(-1) as number;
    };
    await until((last) => last === 0);
    // No file of the process may grow beyond that.
    spawnSync("prlimit", ["--pid", String(child.pid), "--fsize=300000:"]);
    child.stdin!.write("1000\n");
    const refused = -(await until((last) => last < 0));
    const queue = openSqliteQueue(file);
    expect(await queue.counts()).toMatchObject({ waiting: refused - 1 });
    await queue.close();

    spawnSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"]);
    child.stdin!.write("3\n");
    // GitHub is asked to deliver it again, and does so under the same id.
    expect(await until((last) => last > refused + 1)).toBe(refused + 2);
    child.stdin!.end();
    await once(child, "close");
    const after = openSqliteQueue(file);
    expect(await after.counts()).toMatchObject({ waiting: refused + 2 });
    await after.close();
  },
);

it("has what it said yes to on the disk, not only with the operating system", () => {
  const db = openQueueDatabase(file);
  // 2: FULL. A power cut cannot be had in a test.
  expect(db.prepare("PRAGMA synchronous").get([])).toMatchObject({ synchronous: 2 });
  expect(db.prepare("PRAGMA journal_mode").get([])).toMatchObject({ journal_mode: "wal" });
  db.close();
});

it("waits for a file that another process has locked for a while", async () => {
  const queue = openSqliteQueue(file);
  const child = start("lock", file, "500");
  await once(child.stdout!, "data");
  expect(await queue.accept({ id: "d", event: "test" }, [reviewJob(1)])).toBe("accepted");
  expect(await queue.claim("w")).toMatchObject({ job: reviewJob(1) });
  await once(child, "close");
  await queue.close();
});

it("takes up the jobs of a worker that was restarted under its name", async () => {
  const before = openSqliteQueue(file);
  await before.accept({ id: "d", event: "test" }, [reviewJob(1)]);
  await before.claim("server");
  await before.close();

  const after = openSqliteQueue(file);
  await after.release("server");
  expect(await after.claim("server")).toMatchObject({ job: reviewJob(1), attempt: 2 });
  await after.close();
});

it("forgets deliveries and finished jobs after limits.deliveryRetentionDays, but keeps failed ones", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
  const queue = openSqliteQueue(file);
  const delivery = { id: "d", event: "test" };
  await queue.accept(delivery, [reviewJob(1), reviewJob(2)]);
  await queue.complete((await queue.claim("w"))!.id, "w");
  await queue.fail((await queue.claim("w"))!.id, "w", "boom");

  vi.setSystemTime(Date.now() + limits.deliveryRetentionDays * 24 * 60 * 60_000);
  expect(await queue.accept(delivery, [])).toBe("duplicate");
  vi.setSystemTime(Date.now() + 1);
  expect(await queue.accept(delivery, [])).toBe("accepted");
  expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 0, failed: 1 });
  await queue.close();
});

it("sets a job aside that it cannot read, and claims the next", async () => {
  const queue = openSqliteQueue(file);
  await queue.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2)]);
  const db = new Database(file);
  db.prepare(`UPDATE job SET payload = '{"kind":"dance"}' WHERE id = 1`).run([]);
  db.close();

  expect(await queue.claim("w")).toMatchObject({ job: reviewJob(2) });
  expect(await queue.counts()).toMatchObject({ failed: 1 });
  await queue.close();
});

it("takes up the jobs of a file that was written before installations had turns", async () => {
  const before = openSqliteQueue(file);
  await before.accept({ id: "d", event: "test" }, [reviewJob(1), reviewJob(2)]);
  await before.close();
  const db = new Database(file);
  db.exec(`
    DROP INDEX job_order;
    ALTER TABLE job DROP COLUMN installation;
    ALTER TABLE job DROP COLUMN excused;
    CREATE INDEX job_order ON job (state, priority, id, due_at);
    DROP TABLE turn;
    DROP TABLE stop;
    PRAGMA user_version = 1`);
  db.close();

  const queue = openSqliteQueue(file);
  expect(await queue.claim("w")).toMatchObject({ job: reviewJob(1) });
  expect(await queue.accept({ id: "d", event: "test" }, [])).toBe("duplicate");
  await queue.close();
});

it("refuses a file that is no database, and one of a newer version", () => {
  writeFileSync(file, "this is a text file, long enough not to be taken for an empty database\n".repeat(20));
  expect(() => openSqliteQueue(file)).toThrow(expect.objectContaining({ code: "queue-unusable" }));

  const newer = join(folder, "newer.db");
  const db = new Database(newer);
  db.pragma("user_version = 99");
  db.close();
  expect(() => openSqliteQueue(newer)).toThrow(expect.objectContaining({ code: "queue-newer" }));
});

function start(...args: string[]): ChildProcess {
  const script = fileURLToPath(new URL("queue-process.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** The numbers that a child has printed so far, one a line. A last line without its end is not counted. */
function collect(child: ChildProcess): () => number[] {
  let text = "";
  child.stdout!.on("data", (data: Buffer) => (text += data.toString()));
  return () => text.split("\n").slice(0, -1).map(Number);
}
