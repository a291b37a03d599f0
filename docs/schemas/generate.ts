/**
 * Writes what follows from the zod schemas of both configuration files: the editors' JSON schemas beside this script, and
 * the tables of docs/configuration.md. `npm run generate` runs it, then the formatter. Tests compare both with the schemas.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTables } from "./configuration-tables.ts";
import { editorSchemas } from "./editor-schemas.ts";

for (const [name, schema] of Object.entries(editorSchemas()))
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(schema, null, 2)}\n`);
const page = join(import.meta.dirname, "../configuration.md");
writeFileSync(page, withTables(readFileSync(page, "utf8")));
