import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type CatalogueEntry, findInCatalogue } from "./catalogue.ts";

/** Where a model of the catalogue is installed. */
export function installedPath(modelsDir: string, name: string): string {
  return join(modelsDir, `${name}.gguf`);
}

export interface InstalledModel {
  path: string;
  /** Undefined for a file that the catalogue does not know. */
  entry: CatalogueEntry | undefined;
  bytes: number;
}

/** GGUF files in a folder, largest first; none where the folder does not exist. */
export async function installedModels(modelsDir: string): Promise<InstalledModel[]> {
  const files = await readdir(modelsDir).catch(() => []);
  const models: InstalledModel[] = [];
  for (const file of files.filter((name) => name.endsWith(".gguf"))) {
    const path = join(modelsDir, file);
    const found = await stat(path).catch(() => null);
    // A link to a file that is gone is no model.
    if (found === null) continue;
    models.push({ path, bytes: found.size, entry: findInCatalogue(file.slice(0, -".gguf".length)) });
  }
  return models.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}
