import { describe, expect, it } from "vitest";
import { z } from "zod";
import { grammarSchema } from "../../../src/model/grammar-schema.ts";

describe("grammarSchema", () => {
  it("translates what the grammar knows", () => {
    const schema = z.object({
      verdict: z.enum(["confirm", "reject"]),
      kind: z.literal("near-copy"),
      sure: z.boolean(),
      note: z.string().min(1).max(80).nullable(),
      lines: z.array(z.object({ text: z.string().max(40) })).max(3),
      target: z.discriminatedUnion("type", [
        z.object({ type: z.literal("file"), path: z.enum(["a.ts", "b.ts"]) }),
        z.object({ type: z.literal("none") }),
      ]),
    });
    expect(grammarSchema(schema)).toEqual({
      type: "object",
      properties: {
        verdict: { enum: ["confirm", "reject"] },
        kind: { const: "near-copy" },
        sure: { type: "boolean" },
        note: { oneOf: [{ type: "string", minLength: 1, maxLength: 80 }, { type: "null" }] },
        lines: {
          type: "array",
          items: { type: "object", properties: { text: { type: "string", maxLength: 40 } } },
          maxItems: 3,
        },
        target: {
          oneOf: [
            { type: "object", properties: { type: { const: "file" }, path: { enum: ["a.ts", "b.ts"] } } },
            { type: "object", properties: { type: { const: "none" } } },
          ],
        },
      },
    });
  });

  it.each([
    ["a number", z.object({ n: z.number() }), 'answer.n cannot be "number"'],
    ["an integer", z.object({ n: z.int() }), 'answer.n cannot be "integer"'],
    ["a numeric literal", z.object({ n: z.literal(3) }), "answer.n cannot be 3: write numbers as strings"],
    ["an endless string", z.object({ s: z.string() }), "answer.s needs a maximum length"],
    ["an endless array", z.object({ a: z.array(z.boolean()) }), "answer.a needs a maximum length"],
    ["a pattern", z.object({ s: z.string().max(9).regex(/^a/) }), "answer.s cannot have a pattern"],
    ["a format", z.object({ s: z.email().max(9) }), "answer.s cannot have a pattern or format"],
    ["a record", z.object({ r: z.record(z.string(), z.boolean()) }), "answer.r cannot be a record"],
    ["anything", z.object({ x: z.unknown() }), "answer.x cannot be"],
    ["a bad item", z.object({ a: z.array(z.number()).max(2) }), 'answer.a[] cannot be "number"'],
    ["a bare string", z.string().max(5), "answer must be an object or an array"],
  ])("refuses %s and says where", (_name, schema, message) => {
    expect(() => grammarSchema(schema)).toThrow(message);
  });
});
