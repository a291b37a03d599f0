import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createModelCalibrationFiles } from "../../../src/calibration/model-calibration-files.ts";
import { learnModelCalibration } from "../../../src/handlers/learn-model-calibration.ts";
import { openPast, type PastStores } from "../../../src/handlers/remember.ts";
import type { Ability, ModelProvider } from "../../../src/model/model.ts";
import { limits } from "../../../src/shared/limits.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";

const key = "github.com/acme/shop";
const sha256 = "5".repeat(64);
let repository: TestRepository;
let past: ReturnType<typeof createPastStores>;
let stores: PastStores;
beforeEach(() => {
  repository = createRepository();
  past = createPastStores();
  stores = { ...past, modelCalibrations: createModelCalibrationFiles({ directory: repository.dir }) };
  repository.write("src/a.ts", lines("const six = 1;"));
  repository.commit("Begin");
  for (const number of [1, 2, 3]) openPull(number);
});
afterEach(() => {
  repository.dispose();
  past.dispose();
});

function lines(six: string): string {
  return Array.from({ length: 10 }, (_, at) => `${at === 5 ? six : `const n${at} = 1;`}\n`).join("");
}

/** Of the third one nobody mends the line. */
function openPull(number: number): void {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
  repository.write("src/a.ts", lines("const six = 7;"));
  repository.commit(`Try ${number}`);
  if (number < 3) repository.write("src/a.ts", lines("const six = 6;"));
  repository.commit(`End ${number}`);
  repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
  repository.git("checkout", "--quiet", "main");
}

interface Asked {
  /** What the model may not be quoted for. */
  lacks?: Ability;
  deadline?: number;
}

/** A model that finds fault with the new line, and stands by it: how many pull requests were read, and prompts asked. */
async function learn({ lacks, deadline = Infinity }: Asked = {}): Promise<{ read: number; asked: number }> {
  let asked = 0;
  const quote = "const six = 7;";
  const remark = { quote, evidence: "none", concern: "bug", severity: "low", replacement: "" };
  const said = { ...remark, claim: "six is not seven", scenario: "six is read" };
  const model = fakeModel(
    (request) => {
      asked++;
      const first = promptText(request).includes("You review");
      return JSON.stringify(first ? { verdict: "problem", remarks: [said] } : { quote, it: "supports the claim" });
    },
    {
      identity: { sha256 },
      // As sure as can be of the first option, in whatever order they are asked.
      score: async () => [0.9, 0.1].map((share) => ({ tokens: 1, logProbability: Math.log(share) })),
    },
  );
  const models: ModelProvider = {
    modelFor: async () => ({ model, reason: null }),
    qualified: (_, ability) => ({ allowed: ability !== lacks, reason: "" }),
    close: async () => {},
  };
  const request = { key, gitDir: `${repository.dir}/.git`, commit: repository.git("rev-parse", "main"), deadline };
  const read = await learnModelCalibration({ ...request, signal: new AbortController().signal }, stores, models);
  return { read, asked };
}

async function calibration() {
  const commit = repository.git("rev-parse", "main");
  const request = { key, gitDir: `${repository.dir}/.git`, commit, defaultCommit: commit, learn: false };
  return (await openPast({ ...request, signal: new AbortController().signal }, stores)).calibration;
}

it("learns what a model that may speak would have said, reads nothing twice, and keeps models apart", async () => {
  expect(await calibration()).toBeNull();
  const { read, asked } = await learn();
  expect(read).toBe(3);
  expect(asked).toBe(6);
  expect(await learn()).toEqual({ read: 0, asked: 0 });

  const known = await calibration();
  expect(known).toMatchObject({ pulls: 0, rows: [] });
  expect([...(known?.models?.keys() ?? [])]).toEqual([sha256]);
  expect(known?.models?.get(sha256)).toMatchObject({
    pulls: 3,
    rows: [{ kind: "model", band: "confirmed 0.5", warnings: 3, right: 2, pulls: 3 }],
  });
});

it.each<[string, Asked]>([
  ["may not say what it finds", { lacks: "review" }],
  ["may not confirm it", { lacks: "confirm" }],
  ["has no time", { deadline: 0 }],
])("asks nothing of a model that %s", async (_, given) => {
  expect(await learn(given)).toEqual({ read: 0, asked: 0 });
  expect(await calibration()).toBeNull();
});

it("keeps the models that spoke last, and begins afresh where the file is damaged", () => {
  const files = createModelCalibrationFiles({ directory: repository.dir });
  const names = Array.from({ length: limits.calibratedModels + 1 }, (_, at) => `model ${at}`);
  for (const name of names) files.add(key, name, "1", []);
  expect([...files.read(key).keys()]).toEqual(names.slice(1));
  files.add(key, "model 1", "2", []);
  expect([...files.read(key).keys()]).toEqual([...names.slice(2), "model 1"]);
  expect([...(files.read(key).get("model 1")?.keys() ?? [])]).toEqual(["1", "2"]);

  writeFileSync(join(repository.dir, `${key}.modelcalibration`), '{"version":1,"models":[["a"]]}');
  expect(files.read(key).size).toBe(0);
});
