import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inWords, type ModelReplay, replayModel } from "../../../src/commands/replay-model.ts";
import { isUsable } from "../../../src/calibration/judge-pull.ts";
import type { ModelProvider } from "../../../src/model/model.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";

let repository: TestRepository;
let past: ReturnType<typeof createPastStores>;
beforeEach(() => {
  repository = createRepository();
  past = createPastStores();
  repository.write("src/a.ts", lines());
  repository.commit("Begin");
});
afterEach(() => {
  repository.dispose();
  past.dispose();
});

/** Ten lines, some of them replaced. */
function lines(replaced: Record<number, string> = {}): string {
  return Array.from({ length: 10 }, (_, index) => `${replaced[index + 1] ?? `const n${index + 1} = 1;`}\n`).join("");
}

/** The first commit changes lines 4 and 6, the second one mends line 6. */
function pull(number: number): void {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
  repository.write("src/a.ts", lines({ 4: "const four = 4;", 6: "const six = 7;" }));
  repository.commit("First try");
  repository.write("src/a.ts", lines({ 4: "const four = 4;", 6: "const six = 6;" }));
  repository.commit("Mend it");
  repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
  repository.git("checkout", "--quiet", "main");
}

/** Says that something is wrong with a line, and stands by it or not. */
async function replay(quote: string, { standsByIt = true, allowed = false } = {}): Promise<ModelReplay> {
  const remark = { quote, evidence: "none", concern: "bug", severity: "low", replacement: "" };
  const said = { ...remark, claim: "six is not seven", scenario: "six is read" };
  const proof = { quote, it: standsByIt ? "supports the claim" : "contradicts the claim" };
  const model = fakeModel(
    (request) =>
      JSON.stringify(promptText(request).includes("You review") ? { verdict: "problem", remarks: [said] } : proof),
    scored,
  );
  const models: ModelProvider = {
    modelFor: async () => ({ model, reason: null }),
    qualified: () => ({ allowed, reason: "it has not been measured" }),
    close: async () => {},
  };
  const gitDir = `${repository.dir}/.git`;
  const { pulls } = await past.pulls.update("k", gitDir, repository.git("rev-parse", "main"));
  const { signal } = new AbortController();
  return replayModel(model, models, { gitDir, pulls: pulls.pulls.filter(isUsable), signal, onRead: () => {} });
}

/** As sure as can be of the first option, in whatever order they are asked. */
const scored = { score: async () => [0.9, 0.1].map((share) => ({ tokens: 1, logProbability: Math.log(share) })) };

describe("a model's findings on past pull requests", () => {
  it("are right where the pull request changed their line, beside chance, whether or not it has qualified", async () => {
    pull(1);
    const found = await replay("const six = 7;");
    expect(found).toMatchObject({ pulls: 1, parts: 1, right: 1, qualified: { allowed: false } });
    expect(found.findings).toMatchObject([{ pull: 1, path: "src/a.ts", line: 6, right: true }]);
    // Of the lines that are shown, one was mended.
    expect(found.chance).toBeCloseTo(1 / 9, 5);
    expect(inWords(found)).toContain("1 of 1 (1.00) stand on lines that were changed before the end, 0.11 by chance");
    expect(inWords(found)).toContain("It may not publish any: it has not been measured.");
  });

  it("are wrong where the line stayed as it was", async () => {
    pull(1);
    expect(await replay("const four = 4;")).toMatchObject({ right: 0, findings: [{ line: 4, right: false }] });
  });

  it("do not count where a second look does not bear them out", async () => {
    pull(1);
    const none = await replay("const six = 7;", { standsByIt: false, allowed: true });
    expect(none).toMatchObject({ findings: [], chance: null, right: 0 });
    expect(Object.values(none.withheld)).toEqual([1]);
    expect(inWords(none)).toBe(
      "fake read 1 part of 1 pull request and would have said nothing. It may publish its findings.",
    );
  });
});
