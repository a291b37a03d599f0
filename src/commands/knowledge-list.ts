import { type CollectionId, collectionKey, parseCollectionId } from "../knowledge/collections.ts";
import { oneLine } from "../publish/markdown/escape.ts";
import { ExitCode } from "../shared/errors.ts";
import { counted, formatBytes, table } from "./format.ts";
import { withKnowledge } from "./open-knowledge.ts";

export async function listKnowledge(collection: string | undefined, { json }: { json?: boolean }): Promise<void> {
  if (collection === undefined) await listCollections(json ?? false);
  else await listDocuments(parseCollectionId(collection), json ?? false);
}

export async function removeDocuments(
  collection: string,
  documents: string[],
  { json }: { json?: boolean },
): Promise<void> {
  const id = parseCollectionId(collection);
  const removed = await withKnowledge((knowledge) => knowledge.remove(id, documents.length === 0 ? null : documents));
  const missing = documents.filter((name) => !(removed ?? []).includes(name));
  if (json)
    process.stdout.write(`${JSON.stringify({ collection: collectionKey(id), removed: removed ?? [], missing })}\n`);
  else {
    const what = removed === null ? "there is no such collection" : `${counted(removed.length, "document")} removed`;
    process.stdout.write(`${collectionKey(id)}: ${what}\n`);
    for (const name of missing) process.stderr.write(`not there: ${oneLine(name)}\n`);
  }
  process.exitCode = removed === null || missing.length > 0 ? ExitCode.no : ExitCode.fine;
}

async function listCollections(json: boolean): Promise<void> {
  const found = await withKnowledge((knowledge) => knowledge.list());
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else if (found.length === 0)
    process.stdout.write("The knowledge base is empty: see assistant knowledge add --help.\n");
  else {
    const rows = found.map((row) => [
      collectionKey(row),
      row.problem === null ? String(row.documents) : "?",
      row.problem === null ? String(row.chunks) : "?",
      formatBytes(row.bytes),
    ]);
    process.stdout.write(table([["collection", "documents", "chunks", "on disk"], ...rows]));
    for (const { problem } of found) if (problem !== null) process.stderr.write(`${oneLine(problem)}\n`);
  }
  process.exitCode = found.length === 0 ? ExitCode.no : ExitCode.fine;
}

async function listDocuments(id: CollectionId, json: boolean): Promise<void> {
  const found = await withKnowledge((knowledge) => knowledge.documents(id));
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else if (found.length === 0) process.stdout.write(`${collectionKey(id)} holds no documents\n`);
  else {
    const rows = found.map(({ name, chunks, skipped }) => [
      oneLine(name),
      skipped === null ? counted(chunks, "chunk") : `not searched: ${skipped}`,
    ]);
    process.stdout.write(table([["document", "searched by"], ...rows]));
  }
  process.exitCode = found.length === 0 ? ExitCode.no : ExitCode.fine;
}
