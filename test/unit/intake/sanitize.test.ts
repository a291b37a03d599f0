import * as fc from "fast-check";
import { expect, it } from "vitest";
import { sanitize } from "../../../src/intake/sanitize.ts";

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
  expect(performance.now() - started).toBeLessThan(500);
});
