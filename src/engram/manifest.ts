import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { AssistantError, messageOf } from "../shared/errors.ts";
import type { Engram, ListedFile } from "./engram.ts";
import type { Lens } from "./lens.ts";
import { comparePaths } from "./paths.ts";

const fileSchema = z.object({
  path: z.string(),
  /** As git has it: six octal digits. */
  mode: z.string(),
  /** git's id of the bytes. */
  blob: z.string(),
  /** Null where the engram has not kept the bytes. */
  bytes: z.number().int().nonnegative().nullable(),
  /** Why the file is listed and not searched; left out where it is. */
  skipped: z.string().optional(),
  /** First and last line of each chunk, 1-based, inclusive. */
  chunks: z.array(z.tuple([z.number().int(), z.number().int()])),
});

const sourceSchema = z.union([
  z.object({ repository: z.string(), ref: z.string(), commit: z.string() }),
  z.object({ folders: z.array(z.string()) }),
]);

const manifestSchema = z.object({
  format: z.literal("engram-manifest"),
  version: z.literal(1),
  /** The commit whose tree the engram equals, or `tree-…` where it came from folders. */
  revision: z.string(),
  seed: z.number().int(),
  engramFormat: z.number().int(),
  encoder: z.number().int(),
  grammars: z.string(),
  /** Where the files were first taken from, as given; null where nobody knows any more. */
  source: sourceSchema.nullable(),
  files: z.array(fileSchema),
});

/** Of a keyed engram: the text of its manifest, sealed (lens.ts), as base64. */
const sealedSchema = z.object({
  format: z.literal("engram-manifest-sealed"),
  version: z.literal(1),
  sealed: z.string(),
});

/** What an engram lists, for people and other programs: made from the engram alone, so that the same tree gives the same bytes. */
export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestSource = NonNullable<Manifest["source"]>;
type ManifestFile = Manifest["files"][number];

export function buildManifest(engram: Engram, source: ManifestSource | null): Manifest {
  const { commit, seed, formatVersion, encoderVersion, grammars } = engram.info();
  return {
    format: "engram-manifest",
    version: 1,
    revision: commit,
    seed,
    engramFormat: formatVersion,
    encoder: encoderVersion,
    grammars,
    source,
    files: engram.files().map((file) => describe(engram, file)),
  };
}

/** One file a line, so that manifests can be compared line by line. */
export function formatManifest({ files, ...head }: Manifest): string {
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  const rows = files.map((file) => `    ${JSON.stringify(file)}`).join(",\n");
  return ["{", ...lines, rows === "" ? `  "files": []` : `  "files": [\n${rows}\n  ]`, "}", ""].join("\n");
}

/** `NAME-manifest.json` beside `NAME.engram`. */
export function manifestFileOf(engramFile: string): string {
  return `${engramFile.replace(/\.engram$/, "")}-manifest.json`;
}

/**
 * Whoever reads it meanwhile sees the old one or the new one. Errors: AssistantError `manifest-unwritable`.
 * @param lens of a keyed engram: the manifest is sealed with it
 */
export function writeManifest(file: string, manifest: Manifest, lens?: Lens): void {
  const fresh = `${file}.${process.pid}.tmp`;
  const text = formatManifest(manifest);
  try {
    writeFileSync(fresh, lens === undefined ? text : sealText(lens, text));
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new AssistantError(`the manifest ${file} cannot be written: ${messageOf(error)}`, {
      code: "manifest-unwritable",
      remedy: "Name another file with -m, in a folder that exists and may be written. The engram itself is complete.",
      cause: error,
    });
  }
}

/**
 * Errors: AssistantError `manifest-unreadable`, `manifest-foreign`, `manifest-newer`, `manifest-locked`, `manifest-key`.
 * @param lens of the keyed engram: a manifest that is not sealed is then none of it
 */
export function readManifest(file: string, lens?: Lens): Manifest {
  const value = unsealed(file, parse(file, readText(file)), lens);
  const version = isRecord(value) && value["format"] === "engram-manifest" ? value["version"] : null;
  if (typeof version === "number" && version > 1) {
    throw new AssistantError(`the manifest ${file} has version ${version}; this program knows version 1`, {
      code: "manifest-newer",
      remedy: "Update this program, or leave -m out.",
    });
  }
  const { data, error } = manifestSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw foreign(file, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "invalid"}`);
}

/**
 * Where a manifest and an engram say different things, one line each, by path; empty where they agree. Sizes are compared
 * where both know them; of a file with other bytes nothing more is said.
 */
export function compareManifest(manifest: Manifest, engram: Engram): string[] {
  const actual = buildManifest(engram, manifest.source);
  const told = new Map(manifest.files.map((file) => [file.path, file]));
  const there = new Map(actual.files.map((file) => [file.path, file]));
  const paths = [...new Set([...told.keys(), ...there.keys()])].sort(comparePaths);
  return [
    ...(["revision", "seed", "engramFormat", "encoder", "grammars"] as const)
      .filter((key) => manifest[key] !== actual[key])
      .map((key) => `${key}: the manifest says ${manifest[key]}, the engram ${actual[key]}`),
    ...paths.flatMap((path) => compareFile(path, told.get(path), there.get(path))),
  ];
}

/**
 * Errors: AssistantError `manifest-disagrees`, where it is not of this engram in its present state. Sizes and chunks are
 * left to `compareManifest`.
 */
export function checkManifest(file: string, manifest: Manifest, engram: Engram): void {
  const { commit } = engram.info();
  const there = new Map(engram.files().map((one) => [one.path, one]));
  const told = new Set(manifest.files.map((one) => one.path));
  const path =
    manifest.files.find((one) => !isSame(one, there.get(one.path)))?.path ??
    [...there.keys()].find((one) => !told.has(one));
  if (path === undefined && manifest.revision === commit) return;
  const reason =
    path === undefined
      ? `it is of revision ${manifest.revision}, the engram of ${commit}`
      : `they differ in ${JSON.stringify(path)}`;
  throw new AssistantError(`the manifest ${file} is not of this engram: ${reason}`, {
    code: "manifest-disagrees",
    remedy: "Name the manifest that was written with the engram, or leave -m out; verify names every difference.",
  });
}

function describe(engram: Engram, { path, mode, oid, skipped }: ListedFile): ManifestFile {
  return {
    path,
    mode,
    blob: oid,
    bytes: engram.bytes(path)?.length ?? null,
    ...(skipped === null ? {} : { skipped }),
    chunks: engram.chunks(path).map(({ startLine, endLine }) => [startLine, endLine]),
  };
}

function compareFile(path: string, told: ManifestFile | undefined, there: ManifestFile | undefined): string[] {
  const name = JSON.stringify(path);
  if (told === undefined) return [`${name} is in the engram and not in the manifest`];
  if (there === undefined) return [`${name} is in the manifest and not in the engram`];
  if (told.blob !== there.blob)
    return [`${name}: blob is ${told.blob} in the manifest and ${there.blob} in the engram`];
  return (["mode", "bytes", "skipped", "chunks"] as const).flatMap((key) => {
    const [a, b] = key === "chunks" ? firstOther(told.chunks, there.chunks) : [told[key] ?? null, there[key] ?? null];
    const unknown = key === "bytes" && (a === null || b === null);
    return a === b || unknown
      ? []
      : [`${name}: ${key} is ${a ?? "none"} in the manifest and ${b ?? "none"} in the engram`];
  });
}

/** The first chunks that differ, as `3-7`; twice null where none do. */
function firstOther(a: ManifestFile["chunks"], b: ManifestFile["chunks"]): [string | null, string | null] {
  const at = Array.from({ length: Math.max(a.length, b.length) }).findIndex(
    (_, i) => a[i]?.join("-") !== b[i]?.join("-"),
  );
  return [a[at]?.join("-") ?? null, b[at]?.join("-") ?? null];
}

function isSame(told: ManifestFile, there: ListedFile | undefined): boolean {
  return there !== undefined && told.mode === there.mode && told.blob === there.oid;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AssistantError(`the manifest ${file} cannot be read: ${messageOf(error)}`, {
      code: "manifest-unreadable",
      remedy: "Check the path, or leave -m out: an engram needs no manifest.",
      cause: error,
    });
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw foreign(file, "it is not JSON", error);
  }
}

function foreign(file: string, reason: string, cause?: unknown): AssistantError {
  return new AssistantError(`${file} is not a manifest of this program: ${reason}`, {
    code: "manifest-foreign",
    remedy: "Name a file that was written with -m, or leave -m out: an engram needs no manifest.",
    cause,
  });
}

function sealText(lens: Lens, text: string): string {
  const sealed = lens.seal("manifest", Buffer.from(text)).toString("base64");
  return `${JSON.stringify({ format: "engram-manifest-sealed", version: 1, sealed })}\n`;
}

function unsealed(file: string, value: unknown, lens: Lens | undefined): unknown {
  const { data } = sealedSchema.safeParse(value);
  if (data === undefined) {
    if (lens !== undefined) throw foreign(file, "it is not sealed, as those of encrypted engrams are");
    return value;
  }
  if (lens === undefined) {
    throw new AssistantError(`the manifest ${file} is sealed`, {
      code: "manifest-locked",
      remedy: "Name the key file of its engram: --key-file FILE.",
    });
  }
  const text = lens.unseal("manifest", Buffer.from(data.sealed, "base64"));
  if (text !== null) return parse(file, text.toString("utf8"));
  throw new AssistantError(`the key does not open the manifest ${file}: it is of another key, or was altered`, {
    code: "manifest-key",
    remedy: "Name the manifest that was written with the engram, or leave -m out.",
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
