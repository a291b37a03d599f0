import { limits } from "../../../shared/limits.ts";
import type { Schema, Specification } from "./specification.ts";

/** Names of TypeScript types by names of schemas. */
export type TypeNames = ReadonlyMap<string, string>;

/** `new-pet` → `NewPet`; two that would be the same get numbers, and none takes a name of the client's own. */
export function typeNames({ schemas }: Pick<Specification, "schemas">): TypeNames {
  const taken = new Set(["ClientOptions", "ApiError", "Sent", "Promise", "Record", "Array", "Error", "Response"]);
  const names = new Map<string, string>();
  for (const schema of schemas.keys()) {
    const parts = schema.match(/[A-Za-z0-9]+/g) ?? [];
    const base = parts
      .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
      .join("")
      .replace(/^(?=\d|$)/, "Schema");
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}${number}`;
    taken.add(name);
    names.set(schema, name);
  }
  return names;
}

/** The TypeScript type of a schema; `unknown` for what it does not say. */
export function typeOf(schema: Schema, names: TypeNames, depth = 0): string {
  if (typeof schema === "boolean" || depth > limits.specificationDepth) return "unknown";
  const below = (inner: unknown): string => typeOf(asSchema(inner), names, depth + 1);
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    return names.get(decodeURIComponent(reference.replace("#/components/schemas/", ""))) ?? "unknown";
  }
  const nullable = schema["nullable"] === true ? " | null" : "";
  if (schema["const"] !== undefined) return `${literal(schema["const"])}${nullable}`;
  if (Array.isArray(schema["enum"])) return `${union(schema["enum"].map(literal))}${nullable}`;
  const alternatives = schema["oneOf"] ?? schema["anyOf"];
  if (Array.isArray(alternatives)) return `${union(alternatives.map(below))}${nullable}`;
  if (Array.isArray(schema["allOf"])) {
    const own = schema["properties"] === undefined ? [] : [objectType(schema, below)];
    return `${[...schema["allOf"].map(below), ...own].map(grouped).join(" & ")}${nullable}`;
  }
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  return `${union(types.map((type) => plainType(type, schema, below)))}${nullable}`;
}

function plainType(type: unknown, schema: Exclude<Schema, boolean>, below: (inner: unknown) => string): string {
  switch (type) {
    case "string":
      return schema["format"] === "binary" ? "Blob" : "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
    case "null":
      return type;
    case "array":
      return `${grouped(below(schema["items"] ?? true))}[]`;
    default:
      return type === "object" || schema["properties"] !== undefined ? objectType(schema, below) : "unknown";
  }
}

function objectType(schema: Exclude<Schema, boolean>, below: (inner: unknown) => string): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, unknown>);
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const more = schema["additionalProperties"];
  if (properties.length === 0) return `Record<string, ${typeof more === "object" ? below(more) : "unknown"}>`;
  const members = properties.map(([name, inner]) => `${key(name)}${required.has(name) ? "" : "?"}: ${below(inner)}`);
  return `{ ${members.join("; ")} }`;
}

/** A name as it may stand in an object. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ") || "unknown";
}

function grouped(type: string): string {
  return /[|&]/.test(type) && !/^\{.*\}$/.test(type) ? `(${type})` : type;
}

function literal(value: unknown): string {
  return typeof value === "object" && value !== null ? "unknown" : (JSON.stringify(value) ?? "unknown");
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : true;
}
