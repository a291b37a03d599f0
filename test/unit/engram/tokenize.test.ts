import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenize, words } from "../../../src/engram/tokenize.ts";
import { limits } from "../../../src/shared/limits.ts";

describe("tokenize", () => {
  it.each([
    ["parseHTTPHeader2", ["parsehttpheader2", "parse", "http", "header"]],
    ["snake_case_name", ["snake_case_name", "snake", "case", "name"]],
    ["__init__", ["__init__", "init"]],
    ["_", ["_"]],
    ["MAX_RETRIES", ["max_retries", "max", "retries"]],
    ["utf8", ["utf8", "utf"]],
    ["sha256sum", ["sha256sum", "sha", "256", "sum"]],
    ["x", ["x"]],
    ["IOError", ["ioerror", "io", "error"]],
    ["a.b(c)", ["a", "b", "c"]],
    ["kebab-case", ["kebab", "case"]],
    ["don't", ["don", "t"]],
    ["line\r\nend", ["line", "end"]],
    ["", []],
  ])("%s", (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  it.each([
    ["Größe der Übersicht", ["größe", "der", "übersicht"]],
    ["Привет, Мир", ["привет", "мир"]],
    ["ΣΟΦΙΑ", ["σοφια"]],
    ["検索、索引", ["検索", "索引"]],
    ["done😀done", ["done", "done"]],
    ["e\u0301te\u0301", ["e\u0301te\u0301"]],
    ["𠮷野", ["𠮷野"]],
    ["“quoted” — text…", ["quoted", "text"]],
    ["\uFEFFfirst", ["first"]],
  ])("Unicode by fixed rules: %s", (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  it("keeps a word that is too long to be an identifier in one token", () => {
    const data = "aB1".repeat(limits.splitWordCharacters);

    expect(tokenize(data)).toEqual([data.toLowerCase()]);
  });

  it("splits a word of just as many characters as are allowed, and none longer", () => {
    const word = "ab_".repeat(limits.splitWordCharacters).slice(0, limits.splitWordCharacters);

    expect(tokenize(word).length).toBeGreaterThan(1);
    expect(tokenize(`${word}a`)).toEqual([`${word}a`]);
  });

  it("finds the same tokens in two texts joined by a line feed as in each", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(tokenize(`${a}\n${b}`)).toEqual([...tokenize(a), ...tokenize(b)]);
      }),
    );
  });

  it("leaves no letter, digit or underscore of ASCII out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        expect(words(text).join("")).toBe(text.replace(/\W/g, ""));
      }),
    );
  });
});
