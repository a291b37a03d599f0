import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configurationTables, withTables } from "../../../docs/schemas/configuration-tables.ts";
import { editorSchemas } from "../../../docs/schemas/editor-schemas.ts";
import { environmentKeys } from "../../../src/config/server-file.ts";

const docs = join(import.meta.dirname, "../../../docs");

// After a change of a schema: npm run generate
it.each(Object.entries(editorSchemas()))("docs/schemas/%s is what its zod schema says", (name, schema) => {
  expect(JSON.parse(readFileSync(join(docs, "schemas", name), "utf8"))).toEqual(schema);
});

it("docs/configuration.md has the tables that the zod schemas give", () => {
  const page = readFileSync(join(docs, "configuration.md"), "utf8");

  expect(unpadded(withTables(page))).toBe(unpadded(page));
});

it("the tables say every key once, with values, default and a meaning, and every variable", () => {
  const tables = configurationTables();
  const rows = Object.values(tables).flatMap((text) => text.trim().split("\n").slice(2));
  const cells = rows.map((row) => row.slice(2, -2).split(" | "));

  // A server and a repository may each have a say in the same.
  for (const [name, text] of Object.entries(tables)) {
    const keys = text
      .trim()
      .split("\n")
      .slice(2)
      .map((row) => row.split(" | ")[0]);
    expect([name, new Set(keys).size]).toEqual([name, keys.length]);
  }
  expect(cells.filter((row) => row.at(-1)?.trim() === "" || row.at(-3)?.trim() === "")).toEqual([]);
  expect(tables["repository"]).toContain("| `review.max_comments` | 0 to 50 | `10` | Comments on lines");
  expect(tables["server"]).toContain(
    "| `log_level` | `LOG_LEVEL` | `trace`, `debug`, `info`, `warn`, `error` or `fatal` |",
  );
  for (const name of Object.keys(environmentKeys)) expect(tables["server"]).toContain(`| \`${name}\` |`);
});

/** As it is before the formatter lays columns out. */
function unpadded(page: string): string {
  return page
    .replaceAll(/ +\|/g, " |")
    .replaceAll(/^\| -+ .*$/gm, "")
    .replaceAll(/\n+/g, "\n");
}
