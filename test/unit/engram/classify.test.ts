import { describe, expect, it } from "vitest";
import { skippedByContent, skippedByMode } from "../../../src/engram/classify.ts";
import { limits } from "../../../src/shared/limits.ts";

describe("what is listed without being indexed", () => {
  it.each([
    ["100644", null],
    ["100755", null],
    ["120000", "symlink"],
    ["160000", "submodule"],
  ])("mode %s: %s", (mode, reason) => {
    expect(skippedByMode(mode)).toBe(reason);
  });

  const line = limits.indexedLineCharacters;

  it.each<[string, Buffer | string, string | null]>([
    ["nothing", "", null],
    ["text", "const a = 1;\n", null],
    ["text that is not UTF-8", Buffer.from([0xff, 0xfe, 0x41]), null],
    ["text with a byte order mark", "\uFEFFtext", null],
    ["a NUL at the start", "a\0b", "binary"],
    ["a NUL where git no longer looks", `${"short\n".repeat(2_000)}\0`, null],
    ["as many bytes as are indexed", "text\n".repeat(limits.indexedFileBytes / 5), null],
    ["one byte more than is indexed", Buffer.alloc(limits.indexedFileBytes + 1, "text\n"), "large"],
    ["an LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "lfs-pointer"],
    ["text about LFS", "# version https://git-lfs.github.com/spec/v1\n", null],
    ["the longest line that is indexed", `${"x".repeat(line)}\nshort\n`, null],
    ["a longer line", `short\n${"x".repeat(line + 1)}`, "long-lines"],
    ["a line of as many letters of two bytes", "ö".repeat(line), null],
    ["a longer line of letters of two bytes", `${"ö".repeat(line + 1)}\n`, "long-lines"],
  ])("%s", (_, data, reason) => {
    expect(skippedByContent(Buffer.from(data as string))).toBe(reason);
  });
});
