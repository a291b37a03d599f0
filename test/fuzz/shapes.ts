import * as fc from "fast-check";
import { stringify } from "yaml";

/** Values that stand where others are awaited. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(null, true, "", 0, -1, 0.5, 2 ** 53 + 2, 1e300, [], {}, [[[[]]]], "x".repeat(3_000)),
  fc.constantFrom("__proto__", "constructor", "../../etc/passwd", "\u0000", "\u{1f4a5}\ud800", "2024-02-30", "NaN"),
  fc.string({ unit: "binary", maxLength: 40 }),
);

/** JSON of the shape of an example: parts of it are other values, are missing, stand there more often, or are new. */
export function likeJson(example: unknown): fc.Arbitrary<string> {
  return like(example).map((value) => JSON.stringify(value));
}

/** The same as YAML. */
export function likeYaml(example: unknown): fc.Arbitrary<string> {
  return like(example).map((value) => stringify(value));
}

function like(example: unknown): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 24, arbitrary: sameKind(example) }, { weight: 1, arbitrary: odd });
}

function sameKind(example: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(example)) {
    const entries = example.length === 0 ? odd : fc.oneof(...example.map(like));
    return fc.oneof(fc.tuple(...example.map(like)), fc.array(entries, { maxLength: 2 * example.length + 2 }));
  }
  if (typeof example === "object" && example !== null) {
    const known = Object.fromEntries(Object.entries(example).map(([key, value]) => [key, like(value)]));
    const more = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...Object.keys(example), "__proto__")), odd, {
      maxKeys: 2,
    });
    return fc.oneof(
      { weight: 8, arbitrary: fc.record(known) },
      { weight: 2, arbitrary: fc.record(known, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.tuple(fc.record(known), more).map(([one, other]) => ({ ...one, ...other })) },
    );
  }
  if (typeof example === "number") return fc.oneof(fc.constant(example), fc.integer());
  return fc.oneof({ weight: 3, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: fc.string() });
}

/** Text of lines that are written in the tokens of a language, in any order. */
export function linesOf(tokens: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
    { weight: 1, arbitrary: fc.nat().map(String) },
  );
  const line = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  return fc.tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom("\n", "\r\n")).map(([all, end]) => all.join(end));
}
