/**
 * Writes the editors' JSON schemas of both configuration files beside this script: `npx tsx docs/schemas/generate.ts`.
 * A unit test compares them with the zod schemas they come from.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { editorSchemas } from "./editor-schemas.ts";

for (const [name, schema] of Object.entries(editorSchemas()))
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(schema, null, 2)}\n`);
