import { z } from "zod";

/** The part of JSON Schema that becomes a grammar. Every property of an object is written, in the order given. */
export type GrammarSchema =
  | { type: "string"; minLength?: number; maxLength: number }
  | { type: "boolean" | "null" }
  | { const: string | boolean | null }
  | { enum: readonly (string | boolean | null)[] }
  | { oneOf: readonly GrammarSchema[] }
  | { type: "array"; items: GrammarSchema; minItems?: number; maxItems: number }
  | { type: "object"; properties: Record<string, GrammarSchema> };

type JsonSchema = Record<string, unknown>;

/**
 * Translates a zod schema for the grammar, and refuses what a small model cannot keep: numbers (the grammar lets
 * exponents through: write them as enums), patterns, and strings or arrays without an upper length, which a small model
 * never ends.
 * Errors: TypeError naming the place; such a schema is a mistake in the program, not of its user.
 */
export function grammarSchema(schema: z.ZodType): GrammarSchema {
  const json = z.toJSONSchema(schema, { io: "output" }) as JsonSchema;
  const translated = translate(json, "answer");
  // An object or an array tells where it ends; other values would have to be ended by the model.
  if (!("properties" in translated) && !("items" in translated))
    throw refuse("answer", "must be an object or an array");
  return translated;
}

function translate(schema: JsonSchema, place: string): GrammarSchema {
  if ("const" in schema) return { const: literal(schema["const"], place) };
  if (Array.isArray(schema["enum"])) return { enum: schema["enum"].map((value) => literal(value, place)) };
  const alternatives = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(alternatives)) {
    return { oneOf: alternatives.map((one: JsonSchema, index) => translate(one, `${place}|${index}`)) };
  }
  switch (schema["type"]) {
    case "boolean":
    case "null":
      return { type: schema["type"] };
    case "string":
      return string(schema, place);
    case "array":
      return array(schema, place);
    case "object":
      return object(schema, place);
    default:
      throw refuse(place, `cannot be ${JSON.stringify(schema["type"] ?? schema)}`);
  }
}

function string(schema: JsonSchema, place: string): GrammarSchema {
  if ("pattern" in schema || "format" in schema) throw refuse(place, "cannot have a pattern or format");
  const { minLength, maxLength } = schema;
  if (typeof maxLength !== "number") throw refuse(place, "needs a maximum length: z.string().max(…)");
  return { type: "string", maxLength, ...(typeof minLength === "number" && { minLength }) };
}

function array(schema: JsonSchema, place: string): GrammarSchema {
  const { items, minItems, maxItems } = schema;
  if (typeof maxItems !== "number") throw refuse(place, "needs a maximum length: z.array(…).max(…)");
  if (typeof items !== "object" || items === null) throw refuse(place, "needs one shape for its items");
  const shape = translate(items as JsonSchema, `${place}[]`);
  return { type: "array", items: shape, maxItems, ...(typeof minItems === "number" && { minItems }) };
}

function object(schema: JsonSchema, place: string): GrammarSchema {
  if (typeof schema["properties"] !== "object" || "propertyNames" in schema) throw refuse(place, "cannot be a record");
  const properties = Object.entries(schema["properties"] as Record<string, JsonSchema>);
  return {
    type: "object",
    properties: Object.fromEntries(properties.map(([name, one]) => [name, translate(one, `${place}.${name}`)])),
  };
}

function literal(value: unknown, place: string): string | boolean | null {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  throw refuse(place, `cannot be ${JSON.stringify(value)}: write numbers as strings`);
}

function refuse(place: string, why: string): TypeError {
  return new TypeError(`schema of a model's answer: ${place} ${why}`);
}
