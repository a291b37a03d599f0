import * as fc from "fast-check";
import { expect, it } from "vitest";
import { encodeFile } from "../../../src/engram/encode.ts";
import { createJsKernel } from "../../../src/engram/kernel/js-kernel.ts";
import { addSums, sumRows } from "../../../src/engram/sums.ts";

const units = { version: "none", prepare: async () => {}, parse: () => null };
const encoder = { kernel: createJsKernel(), seed: 0, units };
const row = fc
  .tuple(fc.constantFrom("a.ts", "b/c.md"), fc.array(fc.constantFrom("get", "set item", "parse_it", "")))
  .map(([path, lines]) => encodeFile(encoder, { path, mode: "100644", oid: "0" }, Buffer.from(lines.join("\n"))));

it("root − old + new is the root of the new rows, in every part", () => {
  fc.assert(
    fc.property(fc.array(row), fc.array(row), fc.array(row), (kept, removed, added) => {
      const after = addSums(sumRows([...kept, ...removed]), sumRows(added, removed));
      const afresh = sumRows([...kept, ...added]);

      expect([after.counters, after.digest]).toEqual([afresh.counters, afresh.digest]);
      expect(Buffer.from(after.hypervector.buffer).equals(Buffer.from(afresh.hypervector.buffer))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
