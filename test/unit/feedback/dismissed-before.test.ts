import { describe, expect, it } from "vitest";
import { loadKernel } from "../../../src/engram/kernel/load-kernel.ts";
import { dismissedBefore } from "../../../src/feedback/dismissed-before.ts";
import type { Answer, Lesson } from "../../../src/feedback/feedback.ts";
import { findingLikeness, findingVector } from "../../../src/feedback/finding-likeness.ts";
import { publishedFinding } from "../../../src/feedback/finding-texts.ts";
import { withDismissedMarked, withoutDismissed } from "../../../src/feedback/withhold-dismissed.ts";
import type { Finding } from "../../../src/publish/outcome.ts";
import { codeEvidence, finding, review } from "../publish/samples.ts";

const encoder = { kernel: loadKernel().kernel, seed: 0 };

const paging = finding("1");
/** The same paging in another function of another file, with a line more. */
const alsoPaging = finding("2", "src/orders.ts", {
  title: "The same paging stands unchanged in `listInvoices` and `listOrders`",
  evidence: [
    codeEvidence("src/invoices.ts", "const first = page * size;\nconst rows = load();\nreturn rows.slice(first);"),
  ],
});
const other = finding("3", "src/mail.ts", {
  title: "Changed here, but not in `src/templates.ts`",
  body: "What these lines replace still stands in `src/templates.ts`, as it was before this change.",
  evidence: [
    codeEvidence("src/templates.ts", "export function greeting(name: string) {\n  return `Dear ${name},`;\n}"),
  ],
});

function lesson(of: Finding, answer: Answer, pull: number): Lesson {
  const { id, kind, path, words, code } = publishedFinding(of);
  return { id, kind, path, words, code, answer, pull };
}

describe("findings whose like was turned down", () => {
  it("are those that claim the same of the same code, elsewhere too", () => {
    const unwanted = dismissedBefore([alsoPaging, other], [lesson(paging, "dismissed", 412)], encoder);
    expect([...unwanted]).toEqual([[alsoPaging.id, { pull: 412, dismissed: 1, accepted: 0 }]]);
  });

  it("are not what people accepted as often", () => {
    const down = [lesson(paging, "dismissed", 4), lesson(paging, "dismissed", 9)];
    const up = lesson(paging, "accepted", 5);
    expect(dismissedBefore([alsoPaging], [down[0], up] as Lesson[], encoder).size).toBe(0);
    expect(dismissedBefore([alsoPaging], [...down, up], encoder).get(alsoPaging.id)).toEqual({
      pull: 9,
      dismissed: 2,
      accepted: 1,
    });
    expect(dismissedBefore([alsoPaging], [...down, up, up], encoder).size).toBe(0);
    expect(dismissedBefore([alsoPaging], [...down, lesson(other, "accepted", 6)], encoder).size).toBe(1);
  });

  it("are of one kind, and the same finding is always one", () => {
    const asOther: Finding = { ...alsoPaging, kind: "undone" };
    expect(dismissedBefore([asOther], [lesson(paging, "dismissed", 1)], encoder).size).toBe(0);
    const same: Finding = { ...other, id: paging.id };
    expect(dismissedBefore([same], [lesson(paging, "dismissed", 1)], encoder).size).toBe(1);
  });

  it("are never secrets", () => {
    const secret: Finding = { ...paging, kind: "secret" };
    expect(dismissedBefore([secret], [lesson(secret, "dismissed", 1)], encoder).size).toBe(0);
    expect(publishedFinding(secret).code).toBe("");
  });

  it("are compared by what tells them apart, and not by the sentences that all of a kind have", () => {
    const companion = (changed: string, usual: string): Finding =>
      finding("4", changed, {
        kind: "companion",
        title: `\`${usual}\` usually changes along with \`${changed}\``,
        body: `Of the last 20 commits that changed \`${changed}\`, 19 changed \`${usual}\` too. This change leaves it alone.`,
        evidence: [],
      });
    const vector = (one: Finding) => findingVector(encoder, publishedFinding(one));
    const lock = vector(companion("package.json", "package-lock.json"));
    expect(findingLikeness(lock, vector(companion("src/routes.ts", "docs/openapi.yml")))).toBeLessThan(0.3);
    // Names alone: only the same finding, by its id, is like it.
    expect(findingLikeness(lock, vector(companion("package.json", "package-lock.json")))).toBeCloseTo(0.6);
  });
});

describe("what is done with them", () => {
  const unwanted = new Map([[alsoPaging.id, { pull: 412, dismissed: 1, accepted: 0 }]]);

  it("are withheld and counted, but for those that stand there", () => {
    const before = review([alsoPaging, other]);
    const after = withoutDismissed(before, unwanted, new Set());

    expect(after.findings).toEqual([other]);
    expect(after.withheld).toEqual([
      {
        about: "src/orders.ts:10",
        text: alsoPaging.title,
        reason: "one like it was turned down here",
        dismissed: { id: alsoPaging.id, pull: 412 },
      },
    ]);
    expect(withoutDismissed(before, unwanted, new Set([alsoPaging.id]))).toBe(before);
    expect(withoutDismissed(before, new Map(), new Set())).toBe(before);
  });

  it("are shown and marked for whoever asked for all", () => {
    const { findings, withheld } = withDismissedMarked(review([{ ...alsoPaging, record: "9 of 12" }, other]), unwanted);

    expect(withheld).toEqual([]);
    expect(findings[0]?.record).toMatch(/^9 of 12\. Shown because all .* turned down in #412$/);
    expect(findings[1]).toEqual(other);
  });
});
