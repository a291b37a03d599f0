import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCalibrationFiles } from "../../../src/calibration/calibration-files.ts";
import type { CalibrationStore } from "../../../src/calibration/calibration.ts";
import { calibrationOf } from "../../../src/calibration/calibrate.ts";
import { holdOut } from "../../../src/calibration/hold-out.ts";
import type { JudgedWarning } from "../../../src/calibration/judged-warning.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { learnCalibration, type PastStores } from "../../../src/handlers/remember.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";

const warning = (pull: number, right: boolean): JudgedWarning => ({
  kind: "companion",
  band: "confidence 0.9, support 8",
  pull,
  path: "src/a.ts",
  right,
  chance: 0.1,
});
const judgements = (judged: [string, JudgedWarning[]][]) => ({
  commit: "c",
  learntAt: 7,
  complete: true,
  judged: new Map(judged),
});

describe("calibration files", () => {
  let directory: string;
  let store: CalibrationStore;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "calibration-"));
    store = createCalibrationFiles({ directory });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("gives back what was written", () => {
    const kept = judgements([
      ["1:5:a:b:c", [warning(5, true)]],
      ["1:6:a:b:c", []],
    ]);
    store.write("github.com/o/r", kept);
    expect(store.read("github.com/o/r")).toEqual(kept);
    expect(store.read("github.com/o/other")).toBeNull();
  });

  it("takes a damaged file for none", () => {
    store.write("github.com/o/r", judgements([]));
    writeFileSync(join(directory, "github.com/o/r.calibration"), '{"version":1,"judged":[[1]]}');
    expect(store.read("github.com/o/r")).toBeNull();
  });
});

describe("holdOut", () => {
  it("learns from the older half alone and tells of the newer", () => {
    // 120 pull requests with one warning each: right in the older half, wrong from number 91 on.
    const judged = Array.from({ length: 120 }, (_, at): [string, JudgedWarning[]] => [
      `1:${at + 1}:a:b:c`,
      [warning(at + 1, at < 90)],
    ]);
    const held = holdOut(judgements(judged.toReversed()), 0.7);
    const inline = { warnings: 60, right: 30 };
    const none = { warnings: 0, right: 0 };
    expect(held).toEqual({
      pulls: 60,
      inline,
      summary: none,
      byKind: [
        {
          kind: "companion",
          ...inline,
          chance: expect.closeTo(0.1),
          inline: { ...inline, chance: expect.closeTo(0.1) },
          summary: { ...none, chance: null },
        },
      ],
    });
  });

  it("says nothing where the older half is too short", () => {
    const judged = Array.from({ length: 60 }, (_, at): [string, JudgedWarning[]] => [
      `1:${at}:a:b:c`,
      [warning(at, true)],
    ]);
    expect(holdOut(judgements(judged), 0.7).inline.warnings).toBe(0);
  });
});

describe("learnCalibration", () => {
  let repository: TestRepository;
  let stores: PastStores & { dispose(): void };
  beforeEach(() => {
    repository = createRepository();
    stores = createPastStores();
  });
  afterEach(() => {
    stores.dispose();
    repository.dispose();
  });

  /** Twelve commits that change both files, then pull requests whose first commit changes one and whose second the other. */
  function history(pulls: number): void {
    const edit = (name: string, text: string) =>
      repository.write(`src/${name}.ts`, `export const ${name} = "${text}";\n`);
    for (let round = 0; round < 12; round++) {
      edit("one", `round ${round}`);
      edit("two", `round ${round}`);
      repository.commit(`Round ${round}`);
    }
    for (let number = 1; number <= pulls; number++) {
      repository.git("checkout", "-q", "-b", `pull-${number}`, "main");
      edit("one", `pull ${number}`);
      repository.commit(`Pull ${number}, first`);
      edit("two", `pull ${number}`);
      repository.commit(`Pull ${number}, second`);
      repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
      repository.git("checkout", "-q", "main");
    }
  }

  async function learn(options: { deadline?: number; fresh?: boolean; most?: number } = {}) {
    const engrams = createMemoryEngramStore();
    const judged: number[] = [];
    const request = {
      key: "local/r",
      gitDir: repository.dir,
      commit: repository.git("rev-parse", "main"),
      signal: new AbortController().signal,
      deadline: Infinity,
      onJudged: (done: number) => judged.push(done),
      ...options,
    };
    try {
      const calibration = await learnCalibration(request, stores, { engrams, units: createUnitParser() });
      return { calibration, judged: judged.length };
    } finally {
      engrams.close();
    }
  }

  it("judges what would have been said by what the pull request became", async () => {
    history(2);
    const { calibration } = await learn();
    expect(calibration).toMatchObject({ pulls: 2, complete: true });
    expect(calibration.rows).toMatchObject([{ kind: "companion", warnings: 2, right: 2, pulls: 2, precision: 1 }]);
  });

  it("goes on after a deadline, and judges nothing twice", async () => {
    history(3);
    const first = await learn({ deadline: 0 });
    expect(first.calibration).toMatchObject({ pulls: 1, complete: false });
    const second = await learn();
    expect(second.calibration).toMatchObject({ pulls: 3, complete: true });
    expect((await learn()).judged).toBe(0);
    const kept = stores.calibrations.read("local/r");
    expect(kept && calibrationOf(kept)).toEqual(second.calibration);
  });
});
