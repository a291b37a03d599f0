import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChangedLines,
  changeSides,
  changeVector,
  hunkSides,
  linesOfChange,
  undone,
} from "../../../../src/engram/algebra/change-vector.ts";
import { negate, sum, textVector, zeroVector } from "../../../../src/engram/algebra/token-vector.ts";
import { createJsKernel } from "../../../../src/engram/kernel/js-kernel.ts";
import type { DiffLine } from "../../../../src/workspace/diff.ts";

const encoder = { kernel: createJsKernel(), seed: 7 };
const line = fc.constantFrom("", "  return parseHeader(text);", "const x = 1;", "}", "größe → 5", "text text");
const hunk: fc.Arbitrary<ChangedLines> = fc.record({
  path: fc.constantFrom("a.ts", "lib/a.ts", "lib/b.ts"),
  removed: fc.array(line, { maxLength: 4 }),
  added: fc.array(line, { maxLength: 4 }),
});
const hunks = fc.array(hunk, { maxLength: 5 });

describe("changeVector", () => {
  it("is after − before", () => {
    fc.assert(
      fc.property(hunks, (changed) => {
        const of = (lines: string[]) => textVector(encoder, lines.map((one) => `${one}\n`).join(""));
        const [before, after] = [changed.flatMap(({ removed }) => removed), changed.flatMap(({ added }) => added)];
        expect(changeVector(encoder, changed)).toEqual(sum([of([...after]), negate(of([...before]))]));
      }),
    );
  });

  it("adds up over a series of changes", () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(line), fc.array(line), (a, b, c) => {
        const step = (removed: string[], added: string[]) => changeVector(encoder, [{ path: "a.ts", removed, added }]);
        expect(sum([step(a, b), step(b, c)])).toEqual(step(a, c));
      }),
    );
  });

  it("of a change undone is its negation", () => {
    fc.assert(
      fc.property(hunks, (changed) => {
        const back = changed.map(({ path, removed, added }) => ({ path, removed: added, added: removed }));
        expect(changeVector(encoder, back)).toEqual(negate(changeVector(encoder, changed)));
        expect(changeSides(encoder, back)).toEqual(undone(changeSides(encoder, changed)));
      }),
    );
  });
});

describe("changeSides", () => {
  it("of a change are the sum of those of its hunks", () => {
    fc.assert(
      fc.property(hunks, (changed) => {
        const each = changed.map((one) => changeSides(encoder, [one]));
        expect(hunkSides(encoder, changed)).toEqual(each);
        expect(changeSides(encoder, changed)).toEqual({
          removed: sum(each.map(({ removed }) => removed)),
          added: sum(each.map(({ added }) => added)),
        });
      }),
    );
  });

  it("keep a line that only moves, where the signed vector is zero", () => {
    const moved = [
      { path: "a.ts", removed: ["start();"], added: [] },
      { path: "a.ts", removed: [], added: ["start();"] },
    ];

    expect(changeVector(encoder, moved)).toEqual(zeroVector);
    expect(changeSides(encoder, moved).added.tokens.length).toBeGreaterThan(0);
  });

  it("hold each word plainly and by file name, and each line as it is: folders play no part", () => {
    const of = (path: string, text: string) => changeSides(encoder, [{ path, removed: [], added: [text] }]).added;

    expect(of("a.ts", "start();").tokens).toHaveLength(3);
    expect(of("lib/a.ts", "start();\r")).toEqual(of("a.ts", "start();"));
    expect(of("a.ts", "\tstart();")).not.toEqual(of("a.ts", "start();"));
    expect(of("b.ts", "start();")).not.toEqual(of("a.ts", "start();"));
    expect(of("a.ts", "start;").tokens).not.toEqual(of("a.ts", "start();").tokens);
  });
});

describe("linesOfChange", () => {
  it("takes every hunk by itself, without its context", () => {
    const lines: DiffLine[] = [
      { kind: " ", oldLine: 1, newLine: 1, text: "same" },
      { kind: "-", oldLine: 2, newLine: null, text: "old" },
      { kind: "+", oldLine: null, newLine: 2, text: "new" },
    ];
    const part = { oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, lines };
    const file = {
      path: "b.ts",
      oldPath: "a.ts",
      status: "renamed" as const,
      binary: false,
      oldBlob: "1",
      newBlob: "2",
    };
    const change = { base: "0", head: "1", unread: [], files: [{ ...file, hunks: [part, part] }] };

    expect(linesOfChange(change)).toEqual([
      { path: "b.ts", removed: ["old"], added: ["new"] },
      { path: "b.ts", removed: ["old"], added: ["new"] },
    ]);
  });
});
