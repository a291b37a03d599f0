import * as fc from "fast-check";
import { expect, it } from "vitest";
import { comparePaths } from "../../../src/engram/paths.ts";

it("orders paths as their UTF-8 bytes", () => {
  const path = fc.array(fc.constantFrom("a", "b", "/", "é", "\uffee", "\u{1f600}", "\u{20000}"), { maxLength: 5 });
  fc.assert(
    fc.property(path, path, (left, right) => {
      const [a, b] = [left.join(""), right.join("")];

      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
