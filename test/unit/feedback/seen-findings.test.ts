import { describe, expect, it } from "vitest";
import type { KeptFinding } from "../../../src/feedback/feedback.ts";
import { peopleIn, seenFindings } from "../../../src/feedback/seen-findings.ts";
import type { FindingThread } from "../../../src/publish/finding-threads.ts";

const head = "b".repeat(40);
const haveSay = new Set(["ann"]);

function kept(changes: Partial<KeptFinding> = {}): KeptFinding {
  const texts = { title: "", path: "", words: "", code: "" };
  return { id: "1", kind: "model", band: null, ...texts, head, comment: "C1", answer: null, ...changes };
}

function thread(changes: Partial<FindingThread> = {}): FindingThread {
  const open = { addressed: false, thumbs: [], minimized: null, resolvedBy: null, outdated: false };
  return { finding: "1", comment: "C1", ...open, ...changes };
}

function see(threads: FindingThread[], { finding = kept(), complete = true } = {}) {
  return seenFindings([finding], { head, threads, complete }, haveSay)[0];
}

describe("what GitHub shows of a finding", () => {
  it("counts the thumbs of those who have a say, each person once, in any case of their name", () => {
    const thumbs = [
      { login: "Ann", up: false },
      { login: "ann", up: false },
      { login: "mallory", up: false },
    ];
    expect(see([thread({ thumbs })])?.votes).toEqual([{ login: "ann", vote: -1 }]);
    const both = [...thumbs.slice(0, 1), { login: "ann", up: true }];
    expect(see([thread({ thumbs: both })])?.votes).toEqual([]);
  });

  it("asks about each person once, who gave a thumb or resolved a thread", () => {
    const thumbs = [{ login: "ann", up: true }];
    const threads = [thread({ thumbs, resolvedBy: "Ann" }), thread({ finding: "2", resolvedBy: "bob" })];
    expect(peopleIn({ head, threads, complete: true })).toEqual(["Ann", "bob"]);
  });

  it.each([
    ["resolved, nothing changed", { resolvedBy: "ann" }, head, { setAside: true, addressed: false }],
    ["resolved by somebody without a say", { resolvedBy: "mallory" }, head, { setAside: false, addressed: false }],
    [
      "resolved after a push that was not read",
      { resolvedBy: "ann" },
      "a".repeat(40),
      { setAside: false, addressed: false },
    ],
    ["resolved, its lines changed", { resolvedBy: "ann", outdated: true }, head, { setAside: false, addressed: true }],
    ["its lines changed", { outdated: true }, head, { setAside: false, addressed: false }],
    ["marked as addressed", { addressed: true }, head, { setAside: false, addressed: true }],
    ["hidden", { minimized: "off-topic" }, head, { setAside: true, addressed: false }],
    ["hidden as outdated", { minimized: "outdated" }, head, { setAside: false, addressed: false }],
  ])("%s", (_, changes, saidAt, expected) => {
    expect(see([thread(changes)], { finding: kept({ head: saidAt }) })).toMatchObject(expected);
  });

  it("knows a comment that was deleted only where one stood and all threads were read", () => {
    expect(see([])).toMatchObject({ comment: "C1", setAside: true });
    expect(see([], { complete: false })).toBeUndefined();
    expect(see([], { finding: kept({ comment: null }) })).toBeUndefined();
    expect(see([thread({ finding: "2" })])).toMatchObject({ setAside: true });
  });

  it("goes by the comment that stands open, else by the newest", () => {
    const [first, second] = [thread({ comment: "C1", addressed: true }), thread({ comment: "C2" })];
    expect(see([first, second])?.comment).toBe("C2");
    expect(see([second, first])?.comment).toBe("C2");
    expect(see([first, { ...second, addressed: true }])?.comment).toBe("C2");
  });
});
