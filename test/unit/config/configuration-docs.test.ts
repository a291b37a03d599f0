import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { editorSchemas } from "../../../docs/schemas/editor-schemas.ts";
import { environmentKeys } from "../../../src/config/server-file.ts";

const docs = join(import.meta.dirname, "../../../docs");

it.each(Object.entries(editorSchemas()))("docs/schemas/%s is what its zod schema says", (name, schema) => {
  // After a change: npx tsx docs/schemas/generate.ts
  expect(JSON.parse(readFileSync(join(docs, "schemas", name), "utf8"))).toEqual(schema);
});

it("docs/configuration.md names every key with its default, and every variable", () => {
  const text = readFileSync(join(docs, "configuration.md"), "utf8");
  const rows = new Map([...text.matchAll(/^\| `([\w.]+)` +\|(.*)\|$/gm)].map(([, key = "", rest = ""]) => [key, rest]));

  for (const schema of Object.values(editorSchemas()))
    for (const { key, fallback } of leaves(schema)) {
      expect(rows.has(key), key).toBe(true);
      if (fallback !== undefined) expect(rows.get(key), key).toContain(`\`${stringify(fallback)}\``);
    }
  for (const [name, path] of Object.entries(environmentKeys)) expect(rows.get(path.join("."))).toContain(`\`${name}\``);
});

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  default?: unknown;
}

function leaves(node: SchemaNode, path: string[] = []): { key: string; fallback: unknown }[] {
  if (!node.properties) return [{ key: path.join("."), fallback: node.default }];
  return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, [...path, name]));
}

function stringify(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
