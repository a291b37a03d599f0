import { describe, expect, it } from "vitest";
import { languageNames, languageOf } from "../../../src/engram/languages.ts";

describe("languageOf", () => {
  it.each([
    ["src/a.ts", "typescript"],
    ["a.d.mts", "typescript"],
    ["a/B.TSX", "tsx"],
    ["x.jsx", "javascript"],
    ["x.h", "c"],
    ["x.hpp", "cpp"],
    ["x.cs", "csharp"],
    ["a.b/Makefile", "make"],
    ["Gemfile", "ruby"],
    ["CMakeLists.txt", "cmake"],
    ["notes.txt", "text"],
    ["config.yml", "yaml"],
    ["a.kt", "kotlin"],
    [".bashrc", "bash"],
    ["README", null],
    ["a.unknown", null],
    ["dir.ts/file", null],
    ["constructor", null],
    ["a.constructor", null],
    ["", null],
  ])("%s is %s", (path, language) => {
    expect(languageOf(path)).toBe(language);
  });

  it("gives only names from the list", () => {
    expect(new Set(languageNames).size).toBe(languageNames.length);
    for (const name of ["Jenkinsfile", "a.py", "a.md", "Dockerfile"]) {
      expect(languageNames).toContain(languageOf(name));
    }
  });
});
