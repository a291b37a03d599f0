import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { qualifyOnPulls } from "../../../src/commands/qualify-on-pulls.ts";
import type { Model } from "../../../src/model/model.ts";
import type { Remark } from "../../../src/tasks/review/answer.ts";
import { fakeModel, promptText } from "../../helpers/fake-model.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

let repository: TestRepository;
beforeEach(() => {
  repository = createRepository();
});
afterEach(() => repository.dispose());

/** Ten lines, some of them replaced. */
function lines(replaced: Record<number, string> = {}): string {
  return Array.from({ length: 10 }, (_, index) => `${replaced[index + 1] ?? `line ${index + 1}`}\n`).join("");
}

/** A pull request: the first commit changes lines 4 and 6 of a file, the second one mends line 6. */
function pull(number: number, path = "src/a.ts"): void {
  repository.git("checkout", "--quiet", "-B", `topic-${number}`, "main");
  repository.write(path, lines({ 4: "four", 6: "wrong" }));
  repository.commit("First try");
  repository.write(path, lines({ 4: "four", 6: "right" }));
  repository.commit("Mend it");
  repository.git("update-ref", `refs/pull/${number}/head`, "HEAD");
  repository.git("checkout", "--quiet", "main");
}

/** Says "problem" of the line that holds a text, where there is one. */
function remarker(text: string, problem = 0.9): Model {
  return fakeModel(
    (request) => {
      const asked = promptText(request);
      const shown = new RegExp(`^\\+?\\s*${text}$`, "m").test(asked);
      return JSON.stringify({ verdict: shown ? "problem" : "no problem", remarks: shown ? [remarkOn(text)] : [] });
    },
    {
      score: async () => [problem, 1 - problem].map((share) => ({ tokens: 1, logProbability: Math.log(share) })),
    },
  );
}

function remarkOn(quote: string): Remark {
  const said = { claim: "this goes wrong", scenario: "it is read", replacement: "" };
  return { quote, evidence: "none", concern: "bug", severity: "low", ...said };
}

const options = () => ({ repo: repository.dir, pulls: 5, threshold: null });

describe("remarks on past pull requests", () => {
  beforeEach(() => {
    repository.write("src/a.ts", lines());
    repository.commit("Begin");
  });

  it("are right where the pull request changed the line itself, beside what chance would reach", async () => {
    pull(1);
    const found = await qualifyOnPulls(remarker("wrong"), options());
    // Lines 1 to 9 are shown; of these one was mended.
    expect(found).toMatchObject({ pulls: 1, parts: 1, remarks: 1, right: 1 });
    expect(found.chance).toBeCloseTo(1 / 9, 5);
    expect(await qualifyOnPulls(remarker("four"), options())).toMatchObject({ remarks: 1, right: 0 });
  });

  it("count from the model's own threshold on", async () => {
    pull(1);
    const below = await qualifyOnPulls(remarker("wrong", 0.6), { ...options(), threshold: 0.8 });
    expect(below).toMatchObject({ remarks: 0, right: 0, chance: null });
    expect(await qualifyOnPulls(remarker("wrong", 0.9), { ...options(), threshold: 0.8 })).toMatchObject({
      remarks: 1,
    });
  });

  it("are asked for the newest pull requests alone, as many as were said", async () => {
    for (const number of [1, 2, 3]) pull(number, `src/${number}.ts`);
    const seen: number[] = [];
    const found = await qualifyOnPulls(remarker("wrong"), {
      ...options(),
      pulls: 2,
      onProgress: (done) => seen.push(done),
    });
    expect(found.pulls).toBe(2);
    expect(seen).toEqual([0, 1, 2]);
  });

  it("cannot be had of a clone without past pull requests", async () => {
    await expect(qualifyOnPulls(remarker("wrong"), options())).rejects.toMatchObject({ code: "no-past-pulls" });
  });
});
