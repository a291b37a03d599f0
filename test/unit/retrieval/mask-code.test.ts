import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { languageOf, type Language } from "../../../src/retrieval/languages.ts";
import { maskCode } from "../../../src/retrieval/mask-code.ts";

function mask(path: string, text: string): string {
  return maskCode(text, languageOf(path) as Language);
}

/** What is left, without the blanks. */
function rest(path: string, text: string): string {
  return mask(path, text).replace(/\s+/g, " ").trim();
}

describe("maskCode", () => {
  it.each([
    ["a.ts", "a(); // b\nc(/* d */ e);", "a(); c( e);"],
    ["a.ts", "a('it\\'s', \"b\") + c", "a( , ) + c"],
    ["a.ts", "a(`b ${c(`d ${e} f`)} g ${{ h: 1 }} i`) + j", "a( c( e )  { h: 1 } ) + j"],
    ["a.ts", "a = b / c; // d / e", "a = b / c;"],
    ["a.ts", "a.replace(/[\"'`]/g, b) + c", "a.replace( g, b) + c"],
    ["a.ts", "a = 'not closed\nb", "a = b"],
    ["a.py", 'def a():\n    """b\n    c"""\n    return d  # e', "def a(): return d"],
    ["a.rs", "fn a<'b>(c: &'b str) -> char { '\"' }", "fn a<'b>(c: &'b str) -> char { }"],
    ["a.go", "a := `b\n\\` + c", "a := + c"],
    ["a.rb", "a\n=begin\nb\n=end\nc # d", "a c"],
    ["a.php", "#[A]\n$b = 'c'; # d", "#[A] $b = ;"],
    ["a.yml", "a: b # c", "a: b"],
  ])("%s: %j", (path, text, expected) => {
    expect(rest(path, text)).toBe(expected.replace(/\s+/g, " "));
  });

  it("keeps length and line ends of any text, and changes nothing else than to blanks", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "\n", '"', "'", "`", "$", "{", "}", "/", "*", "#", "\\", " ", "="),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, fc.constantFrom("a.ts", "a.py", "a.rs", "a.rb", "a.php"), (text, path) => {
        const masked = mask(path, text);
        expect(masked).toHaveLength(text.length);
        for (const [index, character] of Array.from(masked).entries()) {
          if (character !== text[index]) expect([" ", text[index] === "\n"]).toEqual([character, false]);
        }
      }),
    );
  });
});
