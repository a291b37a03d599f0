import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { documentError, tooLarge } from "./document-errors.ts";
import { checkDocumentName } from "./document-parts.ts";
import { readDocument } from "./read-document.ts";
import type { TextDocument } from "./text-document.ts";

/** A file that was asked for, and the name under which it will be cited. */
export interface DocumentFile {
  file: string;
  name: string;
}

/** Folders that hold nobody's documents; everything that begins with a dot is left out as well. */
const skippedFolders = new Set(["node_modules", "__pycache__"]);

/**
 * The files behind files and folders: a file by its own name, those of a folder by their path in it, in the order of names.
 * Symbolic links inside a folder are not followed.
 * Errors: AssistantError `no-document`, `same-document-twice`, `unreadable-file`.
 */
export async function findDocuments(paths: readonly string[]): Promise<DocumentFile[]> {
  const found: DocumentFile[] = [];
  for (const path of paths) {
    const stats = await readable(path, () => stat(path));
    if (stats.isFile()) found.push({ file: path, name: basename(path) });
    else if (stats.isDirectory()) await addFolder(path, "", found);
    else throw noDocument(`${path} is neither a file nor a folder`);
  }
  if (found.length === 0) throw noDocument(`${paths.join(", ")}: there is no file`);
  const byName = new Map<string, DocumentFile>();
  for (const item of found) {
    const other = byName.get(item.name);
    if (other !== undefined && resolve(other.file) !== resolve(item.file)) throw sameTwice(other, item);
    byName.set(item.name, item);
  }
  return [...byName.values()];
}

/** Reads one after another, so that only one is unpacked at a time. A document that cannot be read is a failure of its own. */
export async function* readDocuments(
  files: readonly DocumentFile[],
  signal?: AbortSignal,
): AsyncGenerator<{ document: TextDocument } | { failure: AssistantError }> {
  for (const { file, name } of files) {
    signal?.throwIfAborted();
    try {
      checkDocumentName(name);
      yield { document: await readDocument(name, await readBytes(file, name)) };
    } catch (error) {
      if (!(error instanceof AssistantError)) throw error;
      yield { failure: error };
    }
  }
}

async function addFolder(folder: string, prefix: string, found: DocumentFile[]): Promise<void> {
  const items: Dirent[] = await readable(folder, () => readdir(folder, { withFileTypes: true }));
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (item.name.startsWith(".")) continue;
    const path = join(folder, item.name);
    if (item.isFile()) found.push({ file: path, name: prefix + item.name });
    else if (item.isDirectory() && !skippedFolders.has(item.name)) {
      await addFolder(path, `${prefix}${item.name}/`, found);
    }
  }
}

/** The size is looked at before the bytes are. */
async function readBytes(file: string, name: string): Promise<Buffer> {
  const { size } = await readable(file, () => stat(file));
  if (size > limits.documentBytes) throw tooLarge(name, limits.documentBytes, "bytes");
  if (size === 0) throw documentError(name, "empty", "is empty", "Leave it out, or see whether it was saved.");
  return readable(file, () => readFile(file));
}

async function readable<T>(path: string, access: () => Promise<T>): Promise<T> {
  try {
    return await access();
  } catch (error) {
    const remedy = "Check the path, and whether this user may read it.";
    throw new AssistantError(`${path} cannot be read: ${messageOf(error)}`, {
      code: "unreadable-file",
      remedy,
      cause: error,
    });
  }
}

function noDocument(message: string): AssistantError {
  return new AssistantError(message, { code: "no-document", remedy: "Name files or folders with documents." });
}

function sameTwice(first: DocumentFile, second: DocumentFile): AssistantError {
  return new AssistantError(`${first.file} and ${second.file} would both be called ${first.name}`, {
    code: "same-document-twice",
    remedy: "Add the folder above them, or add them one after another under different --name.",
  });
}
