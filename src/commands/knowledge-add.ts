import { basename, resolve } from "node:path";
import { statSync } from "node:fs";
import { type CollectionId, collectionKey, parseCollection, parseCollectionId } from "../knowledge/collections.ts";
import type { AddReport } from "../knowledge/change-engram.ts";
import type { KnowledgeBase } from "../knowledge/knowledge-base.ts";
import { findDocuments, readDocuments } from "../knowledge/read-files.ts";
import type { TextDocument } from "../knowledge/text-document.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { AssistantError, ExitCode } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { counted } from "./format.ts";
import { interruptSignal } from "./interrupt.ts";
import { withKnowledge } from "./open-knowledge.ts";
import { terminalProgress } from "./progress.ts";

interface AddOptions {
  name?: string;
  json?: boolean;
}

interface Added extends AddReport {
  collection: string;
  failures: { error: string; remedy: string }[];
  notes: { document: string; note: string }[];
}

export async function addDocuments(collection: string, paths: string[], options: AddOptions): Promise<void> {
  const id = collectionOf(collection, options.name, paths);
  const added = await withKnowledge((knowledge) => addAll(knowledge, id, paths));
  if (options.json) process.stdout.write(`${JSON.stringify(added)}\n`);
  else printAdded(added);
  process.exitCode = exitCodeOf(added);
}

/** `research` with --name, `research/caching`, or `research` with the name of the first folder. */
function collectionOf(text: string, name: string | undefined, paths: readonly string[]): CollectionId {
  if (text.includes("/")) {
    if (name === undefined) return parseCollectionId(text);
    throw new AssistantError("the name is given twice, in the collection and as --name", {
      code: "two-names",
      remedy: "Give one of the two.",
    });
  }
  const collection = parseCollection(text.toLowerCase());
  return parseCollectionId(`${collection}/${name ?? defaultName(paths)}`);
}

function defaultName(paths: readonly string[]): string {
  const folder = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
  const name = folder === undefined ? "" : basename(resolve(folder)).replace(/[^\w.-]+/g, "-");
  return name.replace(/^[.-]+/, "") || "documents";
}

/** In batches, so that neither all texts are held at once nor the engram is written for each. */
async function addAll(knowledge: KnowledgeBase, id: CollectionId, paths: string[]): Promise<Added> {
  const files = await findDocuments(paths);
  const progress = terminalProgress(process.stderr);
  const signal = interruptSignal();
  const sum: Added = { collection: collectionKey(id), added: 0, replaced: 0, unchanged: 0, failures: [], notes: [] };
  let batch: TextDocument[] = [];
  let done = 0;
  async function write(): Promise<void> {
    if (batch.length === 0) return;
    const report = await knowledge.add(id, batch, { signal });
    for (const count of ["added", "replaced", "unchanged"] as const) sum[count] += report[count];
    batch = [];
  }
  try {
    for await (const read of readDocuments(files, signal)) {
      progress("reading", ++done, files.length);
      if ("failure" in read) sum.failures.push({ error: read.failure.message, remedy: read.failure.remedy });
      else {
        batch.push(read.document);
        sum.notes.push(...read.document.notes.map((note) => ({ document: read.document.name, note })));
      }
      if (batch.reduce((bytes, { text }) => bytes + text.length, 0) > limits.documentBatchBytes) await write();
    }
    await write();
  } finally {
    progress("");
  }
  return sum;
}

function printAdded({ collection, added, replaced, unchanged, failures, notes }: Added): void {
  const parts = [`${added} added`, `${replaced} replaced`, `${unchanged} unchanged`];
  process.stdout.write(`${collection}: ${parts.join(", ")}\n`);
  for (const { document, note } of notes) process.stderr.write(`note: ${oneLine(document)}: ${note}\n`);
  for (const { error, remedy } of failures.slice(0, limits.failuresNamed)) {
    process.stderr.write(`not added: ${oneLine(error)}. ${remedy}\n`);
  }
  const more = failures.length - limits.failuresNamed;
  if (more > 0) process.stderr.write(`and ${counted(more, "more file")} not added\n`);
}

function exitCodeOf({ added, replaced, unchanged, failures }: Added): number {
  if (failures.length === 0) return ExitCode.fine;
  return added + replaced + unchanged === 0 ? ExitCode.usage : ExitCode.no;
}
