import { afterAll, describe, expect, it } from "vitest";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { limits } from "../../../src/shared/limits.ts";
import { cutTiles } from "../../../src/tasks/review/tiles.ts";
import { findUnitStarts } from "../../../src/tasks/review/unit-starts.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository } from "../../helpers/git-repository.ts";

const repository = createRepository();
afterAll(() => repository.dispose());

describe("findUnitStarts", () => {
  it("cuts new files before their functions, in any language with a grammar, and others by their size", async () => {
    const base = repository.commit("first");
    const texts = {
      "a.ts": functions((name) => [`/** Says ${name}. */`, `export function ${name}(): void {`], "}"),
      "b.py": functions((name) => [`def ${name}():`], ""),
      "c.unknown": functions((name) => [`begin ${name}`], "end"),
    };
    for (const [path, text] of Object.entries(texts)) repository.write(path, text);
    const change = await readChange(repository.dir, base, repository.commit("second"));
    const view = { text: (path: string) => texts[path as keyof typeof texts] ?? null };

    const tiles = cutTiles(change, { startsOf: await findUnitStarts(change, view, createUnitParser()) });

    const firstLines = (path: string): string[] =>
      tiles.filter((tile) => tile.path === path).map(({ lines }) => lines[0]?.text ?? "");
    expect(firstLines("a.ts").toSorted()).toEqual(["/** Says f0. */", "/** Says f2. */", "/** Says f4. */"]);
    expect(firstLines("b.py").toSorted()).toEqual(["def f0():", "def f2():", "def f4():"]);
    expect(firstLines("c.unknown")).toContain("begin f0");
    expect(tiles.filter(({ path }) => path === "c.unknown").map(({ lines }) => lines.length)).toContain(
      limits.tileLines,
    );
  });
});

/** Five functions of 32 lines and more: two of them fit a tile. */
function functions(begin: (name: string) => string[], end: string): string {
  const body = Array.from({ length: 30 }, (_, line) => `  call(${line})`);
  const texts = Array.from({ length: 5 }, (_, i) => [...begin(`f${i}`), ...body, end].join("\n"));
  return `${texts.join("\n")}\n`;
}
