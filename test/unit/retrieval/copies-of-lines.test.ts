import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findCopiesOfLines } from "../../../src/retrieval/copies-of-lines.ts";
import { limits } from "../../../src/shared/limits.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

const LINES = [
  "  const first = page * size;",
  "  const last = first + size - 1;",
  "  log.debug('rows %d to %d', first, last);",
  "  return rows.slice(first, last);",
];

async function ask(files: Record<string, string[]>, given: string[], path = "src/a.ts", startLine = 1) {
  const repository = temporaryRepository();
  for (const [name, lines] of Object.entries(files)) repository.write(name, `${lines.join("\n")}\n`);
  const commit = repository.commit("Base");
  const view = await viewOf(repository, commit);
  const found = findCopiesOfLines({ path, startLine, lines: given }, view, { k: 5, citeCommit: () => commit });
  if (typeof found !== "string") {
    const evidence = found.map((copy) => copy.evidence);
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  }
  return found;
}

describe("copies of lines", () => {
  it("are aligned line by line: the same, another name, one that is missing, one that is more", async () => {
    const copy = [LINES[0] ?? "", "  const last = first + limit - 1;", "  check(first);", LINES[3] ?? ""];
    const found = await ask(
      { "src/a.ts": LINES, "src/b.ts": ["function b() {", ...LINES, "}"], "src/c.ts": copy },
      LINES,
    );
    if (typeof found === "string") throw new Error(found);

    expect(found.map(({ match }) => match.path)).toEqual(["src/b.ts"]);
    expect(found[0]?.match).toMatchObject({ similarity: 1, startLine: 2, endLine: 5 });
    expect(found[0]?.match.alignment).toEqual([1, 2, 3, 4].map((old) => ({ old, copy: old + 1, similarity: 1 })));

    const near = [...LINES.slice(0, 1), "  const last = first + limit - 1;", "  check();", ...LINES.slice(2)];
    const other = await ask({ "src/b.ts": near }, LINES);
    if (typeof other === "string") throw new Error(other);
    expect(other[0]?.match.alignment).toEqual([
      { old: 1, copy: 1, similarity: 1 },
      { old: 2, copy: 2, similarity: expect.closeTo(0.8, 1) },
      { old: null, copy: 3, similarity: 0 },
      { old: 3, copy: 4, similarity: 1 },
      { old: 4, copy: 5, similarity: 1 },
    ]);
    expect(other[0]?.evidence.why).toBe("3 of 4 lines are the same; names differ: size → limit");
  });

  it("leave out the lines themselves, not a second copy in the same file", async () => {
    const twice = [...LINES, "", "// once more", ...LINES];
    const found = await ask({ "src/a.ts": twice }, LINES);
    if (typeof found === "string") throw new Error(found);

    expect(found.map(({ match }) => [match.startLine, match.endLine])).toEqual([[7, 10]]);
  });

  it("are not looked for where there is too little code, or too much", async () => {
    expect(await ask({ "src/b.ts": LINES }, ["}", "// only words in a comment, eight or nine of them"])).toBe(
      "too-little-code",
    );
    const long = Array.from({ length: limits.nearCopyLines + 1 }, (_, i) => `step${i}(page, size);`);
    expect(await ask({ "src/b.ts": long }, long)).toBe("too-long");
    expect(await ask({}, LINES)).toEqual([]);
  });
});
