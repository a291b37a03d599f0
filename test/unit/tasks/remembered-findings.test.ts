import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Calibration } from "../../../src/calibration/calibration.ts";
import type { TrackedReviewComment } from "../../../src/tracker/tracker.ts";
import { reviewChange } from "../../../src/tasks/review/review-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";
import { reviewInputOf } from "../../helpers/review-scene.ts";
import { reviewComment, stranger, trackerOf } from "../retrieval/tracked.ts";

let repository: TestRepository;
beforeEach(() => {
  repository = createRepository();
});
afterEach(() => repository.dispose());

/** Commits that change the code and its test, and commits that change the code alone. */
function writeHabit(together: number, alone = 0): void {
  for (let turn = 0; turn < together + alone; turn++) {
    repository.write("src/pay.ts", `export const rate = ${turn};\n`);
    if (turn >= alone)
      repository.write("test/pay.test.ts", `import { rate } from "../src/pay.ts";\nexpect(rate).toBe(${turn});\n`);
    repository.commit(`Rate ${turn}`);
  }
  repository.git("switch", "-q", "-c", "feature");
  repository.write("src/pay.ts", "export const rate = 99;\n");
  repository.commit("Another rate");
}

describe("a test that goes with changed code", () => {
  it("is a finding of its own kind where it was left alone, and no companion", async () => {
    writeHabit(10);
    const { findings, sheet } = await reviewChange(await reviewInputOf(repository), "");
    expect(findings).toMatchObject([
      {
        kind: "paired-test",
        title: "`test/pay.test.ts`, which usually changes along with `src/pay.ts`, is left alone",
        placement: "summary",
      },
    ]);
    expect(new Set(findings[0]?.evidence.map(({ kind }) => kind))).toEqual(new Set(["paired-test"]));
    expect(sheet.filter(({ kind }) => kind === "paired-test")).toEqual([]);
  });

  it("says nothing where the change touches it", async () => {
    writeHabit(10);
    repository.write("test/pay.test.ts", 'import { rate } from "../src/pay.ts";\nexpect(rate).toBe(99);\n');
    repository.commit("Test it");
    expect((await reviewChange(await reviewInputOf(repository), "")).findings).toEqual([]);
  });

  it("stands on the sheet where the habit is a weak one, unless such hints proved wrong here", async () => {
    writeHabit(6, 2);
    const { findings, sheet } = await reviewChange(await reviewInputOf(repository), "");
    expect(findings).toEqual([]);
    expect(sheet.filter(({ kind }) => kind === "paired-test")).toMatchObject([
      {
        citation: { path: "test/pay.test.ts" },
        why: "changed in 6 of the last 8 commits that changed `src/pay.ts`, and not in this one",
      },
    ]);

    const rows = ["confidence 0.7, support 4", "confidence 0.8, support 4"].map((band) => wrongBand(band));
    const calibration: Calibration = { pulls: 90, commit: "c", learntAt: 0, complete: true, rows };
    const later = await reviewChange(await reviewInputOf(repository, { recalled: { calibration } }), "");
    expect(later.sheet.filter(({ kind }) => kind === "paired-test")).toEqual([]);
  });
});

function wrongBand(band: string) {
  return {
    kind: "paired-test",
    band,
    warnings: 40,
    pulls: 30,
    right: 1,
    precision: 0.025,
    chance: 0.1,
    lower: 0,
  } as const;
}

const charge = [
  "async function charge(order: Order): Promise<void> {",
  "  const connection = await pool.acquire();",
  "  await connection.insert(orders, order.total);",
  "  sendReceipt(order.customer, order.total);",
  "}",
  "",
].join("\n");
const mended = charge.replace("  sendReceipt", "  connection.release();\n  sendReceipt");

/** A pull request of the past on which somebody commented, and one that brings the same code again. */
async function reviewAfterRemark(more: Partial<TrackedReviewComment> = {}, end = mended) {
  repository.write("README.md", "A shop.\n");
  repository.commit("Begin");
  repository.git("switch", "-q", "-c", "old");
  repository.write("src/pay/charge.ts", charge);
  const commented = repository.commit("Charge");
  repository.write("src/pay/charge.ts", end);
  repository.write("src/pay/log.ts", "export {};\n");
  repository.commit("Mend");
  repository.git("update-ref", "refs/pull/4/head", "HEAD");
  repository.git("switch", "-q", "-c", "feature", "main");
  repository.write("src/pay/refund.ts", charge.replaceAll("charge", "refund"));
  repository.commit("Refund");
  const hunk = [
    "@@ -0,0 +1,4 @@",
    ...charge
      .split("\n")
      .slice(0, 4)
      .map((line) => `+${line}`),
  ].join("\n");
  const body = "The `connection` is never released when the insert fails.";
  const place = { pull: 4, path: "src/pay/charge.ts", hunk, commit: commented, startLine: 2, line: 4, body };
  const tracker = trackerOf({ reviewComments: [reviewComment(60, { ...place, ...more })] });
  return reviewChange(await reviewInputOf(repository, { recalled: { tracker } }), "");
}

describe("a remark on nearly the same code", () => {
  it("is a finding where it was heeded there, in the summary, and then not on the sheet", async () => {
    const { findings, sheet } = await reviewAfterRemark();
    expect(findings).toMatchObject([
      {
        kind: "past-review",
        title: "ada commented on nearly the same code in #4, and it was changed there",
        body: "On `src/pay/charge.ts`, ada wrote: “The `connection` is never released when the insert fails.”",
        anchor: { path: "src/pay/refund.ts", startLine: 1, side: "RIGHT" },
        placement: "summary",
        evidence: [{ citation: { kind: "comment", number: 4, id: 60 } }],
      },
    ]);
    expect(sheet.filter(({ kind }) => kind === "past-review")).toEqual([]);
  });

  it.each([
    ["was not heeded", {}, charge],
    ["came from somebody who may not write here", { author: stranger }, mended],
    ["stands on a line that was taken out", { side: "LEFT" } as const, mended],
  ])("is evidence alone where it %s", async (_, more, end) => {
    const { findings, sheet } = await reviewAfterRemark(more, end);
    expect(findings).toEqual([]);
    expect(sheet.filter(({ kind }) => kind === "past-review")).toHaveLength(1);
  });
});
