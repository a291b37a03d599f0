import { basename } from "node:path";
import {
  catalogue,
  type CatalogueEntry,
  defaultModelName,
  encoderName,
  findInCatalogue,
  meantName,
} from "../model/catalogue.ts";
import { type InstalledModel, installedModels } from "../model/installed.ts";
import { AssistantError } from "../shared/errors.ts";

/**
 * `default` stands for the model that everybody can run, `encoder` for the one that finds similar issues. A model of which
 * there is one file needs no quantisation.
 */
export function catalogueName(name: string): string {
  if (name === "default") return defaultModelName;
  if (name === "encoder") return encoderName;
  const files = findInCatalogue(name) ? [] : catalogue.filter((entry) => isQuantisation(entry, name.toLowerCase()));
  return files.length === 1 && files[0] !== undefined ? files[0].name : name;
}

function isQuantisation(entry: CatalogueEntry, model: string): boolean {
  return entry.name === `${model}-${entry.quantisation}`;
}

/** What commands call an installed file: its name in the catalogue, else the file's. */
export function nameOf({ entry, path }: Pick<InstalledModel, "entry" | "path">): string {
  return entry?.name ?? basename(path, ".gguf");
}

/** The installed models that an optional name means: all without one. Errors: `model-missing`. */
export async function namedModels(name: string | undefined, modelsDir: string): Promise<InstalledModel[]> {
  const installed = await installedModels(modelsDir);
  if (installed.length === 0) {
    throw new AssistantError(`there is no model file in ${modelsDir}`, {
      code: "model-missing",
      remedy: "Install one with `assistant models pull`.",
    });
  }
  if (name === undefined) return installed;
  const wanted = catalogueName(name).toLowerCase();
  const found = installed.filter((model) => nameOf(model).toLowerCase() === wanted);
  if (found.length > 0) return found;
  const names = installed.map((model) => ({ name: nameOf(model) }));
  throw new AssistantError(`there is no model file of ${name} in ${modelsDir}`, {
    code: "model-missing",
    remedy: `${meantName(name, names)} Or install it with \`assistant models pull\`.`,
  });
}
