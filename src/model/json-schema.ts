import type { GrammarSchema } from "./grammar-schema.ts";

/** A grammar's schema as JSON Schema in OpenAI's strict form: every property required, and no others. */
export function jsonSchemaOf(schema: GrammarSchema): Record<string, unknown> {
  if ("oneOf" in schema) return { anyOf: schema.oneOf.map(jsonSchemaOf) };
  if ("items" in schema) return { ...schema, items: jsonSchemaOf(schema.items) };
  if (!("properties" in schema)) return { ...schema };
  const properties = Object.entries(schema.properties).map(([name, one]) => [name, jsonSchemaOf(one)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
    additionalProperties: false,
  };
}
