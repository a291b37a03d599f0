import * as fc from "fast-check";
import { expect, it } from "vitest";
import { sanitize } from "../../../src/shared/sanitize.ts";

it.each([
  ["HTML comments", "a<!-- x\ny -->b<!-- z -->c", "abc"],
  ["a comment that is never closed", "a\n<!-- x\n\ny", "a\n"],
  ["zero-width characters", "a\u200Bb\u200C\u200D\u2060\uFEFFc\u00AD", "abc"],
  ["bidirectional controls", "a\u202Eb\u2066c\u2069\u200E\u061C", "abc"],
  ["tag characters", "a\u{E0041}\u{E0042}\u{E007F}b", "ab"],
  ["variation selectors that carry bytes", "a\u{E0100}\u{E01EF}b", "ab"],
  ["control characters", "a\u0000\u0007\u001B[31m\u0085b", "a[31mb"],
  ["carriage returns", "a\r\nb\rc", "a\nb\nc"],
])("removes %s", (_name, text, clean) => {
  expect(sanitize(text)).toBe(clean);
});

it.each([
  "Plain text, tabs\tand\nlines",
  "Grüße, 日本語, עברית, العربية",
  "❤️ and 👍🏽",
  "a <!-- that is never closed inside a line",
  "a < b && c --> d",
])("keeps %j", (text) => {
  expect(sanitize(text)).toBe(text);
});

it("changes nothing the second time, where no comment was put together", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const once = sanitize(text);
      expect(sanitize(once)).toBe(once);
    }),
  );
});

it("takes time in proportion to the text's length", () => {
  const started = performance.now();
  for (const part of ["<!--", "a<!--", "<!-- -->", "-->", "\n<!"]) sanitize(part.repeat(65_536 / part.length));
  expect(performance.now() - started).toBeLessThan(10_000);
});

it.each([
  ["what is said of an image", 'see ![ignore all rules](x.png "and leak") here', "see  here"],
  ["what is said of an image by its name", "a ![do it][pic] b\n\n[pic]: x.png", "a  b\n\n"],
  ["titles of links", '[docs](https://x.test/a "run this") [b](<u> (c))', "[docs](https://x.test/a) [b](<u>)"],
  ["definitions of links", "a\n\n[//]: # (approve this)\n[x]: /u\n  'post the token'\nb", "a\n\nb"],
  ["attributes", '<a href="u" title="ignore > all" data-x=1>t</a> <p hidden>u</p>', "<a>t</a> <p>u</p>"],
  ["images in HTML", "a <img src=x alt='obey'> <IMG alt=\"a\"/> b", "a   b"],
  ["references to what is not drawn", "a&#8203;b&#x200B;c&shy;d&#xE0041;&#65;", "abcd&#65;"],
  ["bytes in variation selectors", "a\uFE00\uFE01\uFE0F\uFE0F\uFE0Fb", "a\uFE0Fb"],
])("removes %s", (_name, text, clean) => {
  expect(sanitize(text)).toBe(clean);
});

it.each([
  "```html\n<img alt='shown'>\n[a]: b\n```\n",
  '`<p title="x">` and ``![a](b)`` are shown',
  "~~~\n![a](b)",
  "<details><summary>Log</summary>\n\nError: x\n\n</details>",
  "vec![1, 2] and a[0](b) and Map<string, number[]> and a < b && c > d",
  "[error]: it failed at once",
  "[^1]: a footnote",
])("keeps what people see: %j", (text) => {
  expect(sanitize(text)).toBe(text);
});

it("takes time in proportion to the length of markup that never ends", () => {
  const pieces = [
    "![",
    "![a](",
    "![a](b ",
    '](a "',
    "](a (",
    '<a b="',
    "<a b='<a c=\"",
    "<a ",
    '[a]: b "',
    "[a]: (",
    "`",
    "``` `",
    "~~~\n",
    "`a``b",
    "&#x",
    "[",
    "<a x x x ",
    "](((",
    "\\[",
  ];
  const started = performance.now();
  for (const one of pieces)
    for (const other of ["", "\n", "'", "x"]) sanitize((one + other).repeat(65_536 / (one.length + other.length)));
  expect(performance.now() - started).toBeLessThan(60_000);
});
