import { expect, it } from "vitest";
import { alignLines } from "../../../src/retrieval/alignment.ts";
import { createLineReader } from "../../../src/retrieval/code-lines.ts";

it("aligns what belongs together, whatever was aligned before in the same memory", () => {
  const reader = createLineReader();
  const read = (texts: readonly string[]) => texts.map((text, i) => reader.read(text, i + 1));
  const pairs = (left: readonly string[], right: readonly string[]) =>
    alignLines(read(left), read(right)).map((pair) => [pair.left.line, pair.right.line]);
  const many = (count: number) => Array.from({ length: count }, (_, i) => `line${i}(value${i}, other${i});`);
  const [, , , fourth = ""] = many(4);

  const [tall, wide] = [many(30), many(40)];
  const all = tall.map((_, i) => [i + 1, i + 1]);
  // Wide after tall: the first row holds what was a column; tall after wide: the first column holds what was a row.
  for (let turn = 0; turn < 2; turn++) {
    expect(
      pairs(
        Array.from({ length: 30 }, () => fourth),
        [fourth],
      ),
    ).toHaveLength(1);
    expect(pairs([fourth], wide)).toEqual([[1, 4]]);
    expect(pairs(tall, wide)).toEqual(all);
    expect(
      pairs(
        Array.from({ length: 30 }, () => "nothing(like, it);"),
        [fourth, fourth],
      ),
    ).toEqual([]);
    expect(pairs(tall, [fourth])).toEqual([[4, 1]]);
  }
});
