import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Evidence, EvidenceKind } from "../../../src/retrieval/evidence.ts";
import { estimateTokens, evidenceBlock, packEvidence } from "../../../src/retrieval/pack-evidence.ts";

const commit = "1".repeat(40);

/** Line n of a file has its own text, so that a repeated line is seen. */
const lineOf = (path: string, line: number): string => `${path} line ${line} says ${line * 7919}`;

function place(
  path: string,
  startLine: number,
  endLine: number,
  score: number,
  kind: EvidenceKind = "similar-code",
): Evidence {
  const text = Array.from({ length: endLine - startLine + 1 }, (_, i) => lineOf(path, startLine + i)).join("\n");
  return { kind, citation: { kind: "code", path, startLine, endLine, commit }, score, why: "alike", text };
}

function issue(number: number, score: number): Evidence {
  const citation = { kind: "issue", number, title: `Issue ${number}`, state: "open" } as const;
  return { kind: "similar-issue", citation, score, why: "alike", text: `Issue ${number}` };
}

const total = (evidence: Evidence[]): number =>
  evidence.reduce((sum, piece) => sum + estimateTokens(evidenceBlock(piece)), 0);

const pieces = fc.array(
  fc.oneof(
    fc
      .record({
        path: fc.constantFrom("a.ts", "b.ts"),
        start: fc.integer({ min: 1, max: 40 }),
        length: fc.integer({ min: 1, max: 20 }),
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        kind: fc.constantFrom<EvidenceKind>("similar-code", "near-copy", "suspect"),
      })
      .map(({ path, start, length, score, kind }) => place(path, start, start + length - 1, score, kind)),
    fc
      .record({ number: fc.integer({ min: 1, max: 5 }), score: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ number, score }) => issue(number, score)),
  ),
  { maxLength: 14 },
);
const budget = fc.integer({ min: 0, max: 600 });
const floor = fc.record({ "near-copy": fc.double({ min: 0, max: 1, noNaN: true }) });

describe("packing evidence", () => {
  it("is never over the budget, and says what it has used", () => {
    fc.assert(
      fc.property(pieces, budget, floor, (evidence, tokens, least) => {
        const result = packEvidence(evidence, { tokens, floor: least });
        expect(result.tokens).toBe(total(result.packed));
        expect(result.tokens).toBeLessThanOrEqual(tokens);
      }),
    );
  });

  it("quotes no line twice", () => {
    fc.assert(
      fc.property(pieces, budget, (evidence, tokens) => {
        const lines = packEvidence(evidence, { tokens }).packed.flatMap(({ text }) => text.split("\n"));
        expect(new Set(lines).size).toBe(lines.length);
      }),
    );
  });

  it("quotes whole lines, and cites exactly those", () => {
    fc.assert(
      fc.property(pieces, budget, (evidence, tokens) => {
        for (const { citation, text } of packEvidence(evidence, { tokens }).packed) {
          if (citation.kind !== "code") continue;
          expect(text).toBe(place(citation.path, citation.startLine, citation.endLine, 1).text);
        }
      }),
    );
  });

  it("changes nothing when it is repeated", () => {
    fc.assert(
      fc.property(pieces, budget, floor, (evidence, tokens, least) => {
        const once = packEvidence(evidence, { tokens, floor: least });
        const twice = packEvidence(once.packed, { tokens, floor: least });
        expect(twice).toEqual({ packed: once.packed, tokens: once.tokens, leftOut: [] });
      }),
    );
  });

  it("keeps each kind in the order of its scores, whatever order they came in", () => {
    fc.assert(
      fc.property(pieces, budget, (evidence, tokens) => {
        const { packed } = packEvidence(evidence, { tokens });
        for (const kind of new Set(packed.map((piece) => piece.kind))) {
          const scores = packed.filter((piece) => piece.kind === kind).map(({ score }) => score);
          expect(scores).toEqual(scores.toSorted((a, b) => b - a));
        }
        expect(packEvidence(evidence.toReversed(), { tokens }).packed).toEqual(packed);
      }),
    );
  });

  it("packs everything that stands apart where there is room, and accounts for every piece", () => {
    const evidence = [place("a.ts", 1, 5, 0.5), place("b.ts", 1, 5, 0.9), issue(3, 0.1)];
    expect(packEvidence(evidence, { tokens: 10_000 }).packed).toEqual([evidence[2], evidence[1], evidence[0]]);
    fc.assert(
      fc.property(pieces, budget, floor, (given, tokens, floors) => {
        const { packed, leftOut } = packEvidence(given, { tokens, floor: floors });
        const gone = leftOut.filter(({ reason }) => reason !== "shortened").map((entry) => entry.evidence);
        // Joined places are told as one.
        expect(packed.length + gone.length).toBeLessThanOrEqual(given.length);
        for (const { evidence: piece, reason } of leftOut) {
          const least = piece.kind === "near-copy" ? floors["near-copy"] : 0;
          expect(reason === "below-floor").toBe(piece.score < least);
        }
      }),
    );
  });
});

describe("one piece and another", () => {
  it("joins overlapping places, told as the better one", () => {
    const { packed } = packEvidence([place("a.ts", 1, 6, 0.4, "suspect"), place("a.ts", 5, 9, 0.8)], { tokens: 1_000 });

    expect(packed).toEqual([{ ...place("a.ts", 1, 9, 0.4), kind: "suspect" }]);
  });

  it("joins what a third place brings together", () => {
    const evidence = [place("a.ts", 1, 4, 0.9), place("a.ts", 8, 12, 0.8), place("a.ts", 3, 9, 0.7)];

    expect(packEvidence(evidence, { tokens: 1_000 }).packed).toEqual([place("a.ts", 1, 12, 0.9)]);
  });

  it("keeps places apart that lie in different commits, files or repositories", () => {
    const one = place("a.ts", 1, 4, 0.9);
    const elsewhere = {
      ...one,
      repository: { host: "github.com", owner: "o", name: "lib" },
      text: "other\nlines\n1\n2",
    };
    const later = { ...one, citation: { ...one.citation, commit: "2".repeat(40) }, text: "it\nwas\nchanged\nthen" };
    const { packed } = packEvidence([one, elsewhere, later, place("b.ts", 1, 4, 0.8)], { tokens: 1_000 });

    expect(packed).toHaveLength(4);
  });

  it("quotes one text once, wherever it stands", () => {
    const one = place("a.ts", 1, 4, 0.9);
    const copy: Evidence = { ...place("b.ts", 11, 14, 0.5), text: `${one.text}  ` };
    const { packed, leftOut } = packEvidence([copy, one], { tokens: 1_000 });

    expect(packed).toEqual([one]);
    expect(leftOut).toEqual([{ evidence: copy, reason: "repeated" }]);
  });

  it("cuts a place that is too long after its last line that fits, and takes what still fits then", () => {
    const long = place("a.ts", 1, 40, 0.9);
    const { packed, leftOut, tokens } = packEvidence([long, issue(1, 0.1)], { tokens: 120 });

    const [first, second] = packed;
    expect(first).toEqual(issue(1, 0.1));
    expect(second).toEqual(place("a.ts", 1, second?.citation.kind === "code" ? second.citation.endLine : 0, 0.9));
    expect(leftOut).toEqual([{ evidence: long, reason: "shortened" }]);
    expect(tokens).toBeGreaterThan(100);
  });

  it("leaves out what scores less than its kind must, and what there is no room for", () => {
    const weak = place("a.ts", 1, 4, 0.3, "near-copy");
    const other = place("b.ts", 1, 4, 0.2);
    const { leftOut } = packEvidence([weak, other], { tokens: 5, floor: { "near-copy": 0.8 } });

    expect(leftOut).toEqual([
      { evidence: weak, reason: "below-floor" },
      { evidence: other, reason: "over-budget" },
    ]);
  });

  it("counts with the tokenizer that it is given", () => {
    const evidence = [place("a.ts", 1, 4, 0.9), place("b.ts", 1, 4, 0.8)];
    const { packed, tokens } = packEvidence(evidence, { tokens: 1, count: () => 1 });

    expect(packed).toHaveLength(1);
    expect(tokens).toBe(1);
  });
});
