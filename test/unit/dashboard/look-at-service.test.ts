import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { bandsOf } from "../../../src/calibration/bands.ts";
import { createCalibrationFiles } from "../../../src/calibration/calibration-files.ts";
import { findHome } from "../../../src/config/home.ts";
import { createMemoryFeedbackStore } from "../../../src/feedback/memory-feedback-store.ts";
import { lookAtService } from "../../../src/handlers/look-at-service.ts";
import { encoderName } from "../../../src/model/catalogue.ts";
import { openSqliteServiceNotes } from "../../../src/intake/sqlite-service-notes.ts";
import { createMemoryQueue } from "../../../src/jobs/memory-queue.ts";
import { createJobBoard } from "../../../src/observe/job-board.ts";
import { writeImplementation, writeOutcome } from "../../../src/publish/outcome-file.ts";
import { reviewJob } from "../../helpers/jobs.ts";
import { sampleData } from "./sample-data.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "look-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const shop = "github.com/acme/shop";

/** Real stores in a folder of their own. */
function open() {
  const home = findHome({ ASSISTANT_HOME: root });
  const serviceNotes = openSqliteServiceNotes(home.service);
  const calibrations = createCalibrationFiles({ directory: home.history });
  const queue = createMemoryQueue();
  const feedback = createMemoryFeedbackStore();
  const config = { home, github: { host: "github.com", protocol: "https" } };
  const board = createJobBoard();
  const services = { queue, serviceNotes, feedback, probot: {}, past: { calibrations }, config, startedAt: 5, board };
  const look = lookAtService(services as unknown as Parameters<typeof lookAtService>[0], () => [
    { name: "far", slots: 4, running: 1, waiting: 0 },
  ]);
  return { ...services, calibrations, home, look };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function knownOf<Value>(value: { known: Value } | { problem: string }): Value {
  if ("known" in value) return value.known;
  throw new Error(value.problem);
}

it("finds nothing in an empty home", async () => {
  const { look, serviceNotes } = open();
  const data = await look();
  expect([data.repositories, data.outcomes]).toEqual([{ known: [] }, { known: [] }]);
  expect([data.switchedOff, data.rateLimits, data.startedAt]).toEqual([null, [], 5]);
  serviceNotes.shut();
});

it("gathers what the service keeps of each repository", async () => {
  const { look, serviceNotes, calibrations, home } = open();
  write(join(home.engrams, `${shop}.engram`), "12345");
  write(join(home.engrams, `${shop}.engram-wal`), "123");
  serviceNotes.setSwitch("github.com/acme/site", true, "lee", 1);
  serviceNotes.setMark(shop, "mode", "preview");
  const judged = new Map([
    [
      "k",
      [
        {
          kind: "companion",
          band: bandsOf("companion")[0] ?? "",
          pull: 1,
          path: "p",
          right: true,
          chance: null,
        } as const,
      ],
    ],
  ]);
  calibrations.write(shop, { commit: "c0ffee", learntAt: 1, complete: false, judged });

  const rows = knownOf((await look()).repositories);
  expect(rows.map(({ key }) => key)).toEqual([shop, "github.com/acme/site"]);
  expect(rows.map(({ mode }) => mode)).toEqual(["preview", null]);
  expect(rows[0]?.engram?.bytes).toBe(8);
  expect(rows[0]?.calibration).toMatchObject({ pulls: 1, complete: false, rows: [{ warnings: 1, right: 1 }] });
  expect(rows[1]).toMatchObject({ engram: null, calibration: null, off: { by: "lee" } });
  serviceNotes.shut();
});

it("reads what runs found, newest first, and passes over what is no outcome", async () => {
  const { look, serviceNotes, home } = open();
  const samples = knownOf(sampleData().outcomes);
  const dir = join(home.outcomes, shop);
  for (const { outcome, receipt = null, at } of samples) {
    if (outcome.kind === "implement") await writeImplementation(dir, 9, outcome);
    else await writeOutcome(dir, { outcome, receipt, at });
  }
  write(join(dir, "broken.json"), "{");

  const found = knownOf((await look()).outcomes);
  expect(found.map(({ outcome }) => outcome.kind).sort()).toEqual(["answer", "implement", "review", "triage"]);
  expect(found.find(({ outcome }) => outcome.kind === "review")).toMatchObject({ repository: shop, receipt: null });
  expect(found.find(({ outcome }) => outcome.kind === "implement")?.receipt).toBeUndefined();
  serviceNotes.shut();
});

it("tells models that serve from elsewhere, and why one that nobody measured is not qualified", async () => {
  const { look, serviceNotes, home } = open();
  write(join(home.models, "own.gguf"), "weights");
  write(join(home.models, `${encoderName}.gguf`), "vectors");
  const rows = knownOf((await look()).models);
  expect(rows.map(({ name, bytes }) => [name, bytes])).toEqual([
    [encoderName, 7],
    ["own", 7],
    ["far", null],
  ]);
  expect(rows.map(({ encoder, abilities }) => [encoder, abilities.length > 0])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
  expect(rows[1]?.abilities.every(({ allowed, reason }) => !allowed && reason !== "")).toBe(true);
  expect(rows[2]?.status).toEqual({ slots: 4, running: 1, waiting: 0 });
  serviceNotes.shut();
});

it("shows why a job failed, without the token that git was given", async () => {
  const { look, serviceNotes, queue } = open();
  await queue.accept({ id: "d", event: "e" }, [reviewJob(1)]);
  const token = `ghs_${"a1B2".repeat(9)}`;
  await queue.fail(
    (await queue.claim("w"))!.id,
    "w",
    `fetch https://x-access-token:${token}@github.com/acme/shop failed`,
  );
  const { failed } = knownOf((await look()).queue);
  expect(failed[0]?.error).toMatch(/^fetch .* failed$/);
  expect(failed[0]?.error).not.toContain(token);
  serviceNotes.shut();
});

it("tells what a job of this machine does now, and which machine has the others", async () => {
  const { look, serviceNotes, queue, board } = open();
  await queue.accept({ id: "d", event: "e" }, [reviewJob(1), reviewJob(2)]);
  const { job } = (await queue.claim("here"))!;
  await queue.claim("elsewhere");
  await board.during(job, async () => {
    board.tell(job, "gathering evidence");
    board.tell(job, "the model reads the change", 3, 12);
    const { running } = knownOf((await look()).queue);
    expect(running.map(({ worker, here }) => [worker, here])).toEqual([
      ["here", expect.objectContaining({ step: "the model reads the change", done: 3, total: 12 })],
      ["elsewhere", null],
    ]);
  });
  expect(board.running()).toEqual([]);
  board.tell(job, "too late");
  expect(board.running()).toEqual([]);
  serviceNotes.shut();
});

it("shows the rest where one part cannot be read", async () => {
  const { look, serviceNotes, queue } = open();
  await queue.accept({ id: "d", event: "e" }, [reviewJob(1)]);
  vi.spyOn(queue, "depths").mockRejectedValue(new Error("Redis is gone"));
  const data = await look();
  expect(data.queue).toEqual({ problem: "Redis is gone" });
  expect(data.repositories).toEqual({ known: [] });
  serviceNotes.shut();
});
