import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFloorFiles } from "../../../src/calibration/floor-files.ts";
import type { Floors } from "../../../src/calibration/floors.ts";
import { learnRepositoryFloors } from "../../../src/calibration/learn-repository-floors.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createMemoryHistoryStore } from "../../../src/history/memory-history-store.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

const defaults: Floors = { localisation: 0.5, companion: 0.8 };
const topics = ["invoice", "parcel", "voucher", "basket", "refund", "carrier", "ledger", "coupon", "stock", "supplier"];

let repository: TestRepository;
beforeEach(() => {
  repository = createRepository();
  for (const topic of topics) repository.write(`src/${topic}.ts`, `export const ${topic} = 0;\n`);
  repository.commit("A shop");
});
afterEach(() => repository.dispose());

/** Commits that change one topic's file each, with a message about `told(topic)`. */
function work(commits: number, told: (topic: string) => string): void {
  for (let i = 0; i < commits; i++) {
    const topic = topics[i % topics.length] ?? "";
    repository.write(`src/${topic}.ts`, `export const ${topic} = ${i + 1};\n`);
    repository.commit(`Count the ${told(topic)} once more`);
  }
}

async function learn(): Promise<Floors> {
  const head = repository.git("rev-parse", "HEAD");
  const { index } = await createMemoryHistoryStore().update("k", repository.dir, [head]);
  const engrams = createMemoryEngramStore();
  const history = index.at(head);
  return learnRepositoryFloors({ gitDir: repository.dir, history, index, engrams, defaults });
}

describe("learnRepositoryFloors", () => {
  it("keeps the defaults where the past is too short to tell", async () => {
    work(5, (topic) => topic);
    expect(await learn()).toEqual(defaults);
  });

  it("finds the score from which on messages led to their files", async () => {
    work(40, (topic) => topic);
    const { localisation } = await learn();
    expect(localisation).toBeGreaterThan(0);
    expect(localisation).toBeLessThan(1);
  });

  it("says that no score is high enough where messages are about other files", async () => {
    work(40, (topic) => topics[(topics.indexOf(topic) + 5) % topics.length] ?? "");
    expect((await learn()).localisation).toBe(Infinity);
  });
});

describe("createFloorFiles", () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "floors-"))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("gives back what was written, endless floors too", () => {
    const floors = { localisation: Infinity, companion: 0.9, commit: "a".repeat(40), learntAt: 1 };
    createFloorFiles({ directory }).write("github.com/o/n", floors);
    expect(createFloorFiles({ directory }).read("github.com/o/n")).toEqual(floors);
    expect(createFloorFiles({ directory }).read("github.com/o/other")).toBeNull();
  });

  it("takes a damaged file for none", () => {
    writeFileSync(join(directory, "k.floors"), '{"version": 1, "localis');
    expect(createFloorFiles({ directory }).read("k")).toBeNull();
  });
});
