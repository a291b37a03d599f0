import type { ParsedText, UnitParser } from "../../src/engram/units/unit-parser.ts";

/** Parses nothing, or what it is told: for tests of what comes after parsing. */
export function plainUnits(parsed: ParsedText | null = null): UnitParser {
  return { version: "plain", prepare: async () => {}, parse: () => parsed, variables: () => null, members: () => null };
}
