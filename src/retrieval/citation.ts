import { git } from "../shared/git.ts";
import type { Citation, Evidence } from "./evidence.ts";

/**
 * The text that a citation points to: the cited lines as git stores them (joined by "\n"), a commit's subject, or the
 * title of an issue or pull request, which is GitHub's word and not in git. Null where there is no such thing.
 */
export async function resolveCitation(gitDir: string, citation: Citation): Promise<string | null> {
  return textOf(citation, await readObjects(gitDir, objectNames([citation])));
}

/** Whether the citation exists and says, letter for letter, what the evidence quotes. */
export async function resolves(gitDir: string, evidence: Evidence): Promise<boolean> {
  return (await keepResolving(gitDir, [evidence])).length === 1;
}

/** The evidence that resolves, in the same order. One git process for all of it. */
export async function keepResolving(gitDir: string, evidence: Evidence[], signal?: AbortSignal): Promise<Evidence[]> {
  const objects = await readObjects(gitDir, objectNames(evidence.map(({ citation }) => citation)), signal);
  return evidence.filter(({ citation, text }) => textOf(citation, objects) === text);
}

interface GitObject {
  type: string;
  data: Buffer;
}

function textOf(citation: Citation, objects: ReadonlyMap<string, GitObject>): string | null {
  if (citation.kind === "comment") return null; // until what GitHub told us is at hand here
  if (citation.kind === "issue" || citation.kind === "pull") return citation.title;
  const object = objects.get(objectName(citation) ?? "");
  if (citation.kind === "commit") return object?.type === "commit" ? subjectOf(object.data.toString("utf8")) : null;
  if (object?.type !== "blob") return null;
  const lines = object.data.toString("utf8").split("\n");
  const { startLine, endLine } = citation;
  const lastLine = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  return startLine >= 1 && startLine <= endLine && endLine <= lastLine
    ? lines.slice(startLine - 1, endLine).join("\n")
    : null;
}

/** As git's own `%s`: the first paragraph of the message, its lines joined by spaces. */
function subjectOf(commit: string): string {
  const message = commit.slice(commit.indexOf("\n\n") + 2).replace(/^\n+/, "");
  return (message.split(/\n\s*(?:\n|$)/)[0] ?? "").replaceAll("\n", " ");
}

function objectNames(citations: Citation[]): string[] {
  return [...new Set(citations.flatMap((citation) => objectName(citation) ?? []))];
}

/** Null where the citation is not about git, or cannot be asked for (a line end in a path would end the request). */
function objectName(citation: Citation): string | null {
  if (citation.kind !== "code" && citation.kind !== "commit") return null;
  if (!/^[0-9a-f]{7,64}$/.test(citation.commit)) return null;
  if (citation.kind === "commit") return citation.commit;
  return citation.path.includes("\n") ? null : `${citation.commit}:${citation.path}`;
}

/** `OID TYPE SIZE\nDATA\n` for an object that exists; one line that ends in `missing` or `ambiguous` otherwise. */
async function readObjects(gitDir: string, names: string[], signal?: AbortSignal): Promise<Map<string, GitObject>> {
  const objects = new Map<string, GitObject>();
  if (names.length === 0) return objects;
  const output = await git(gitDir, ["cat-file", "--batch"], { input: names.join("\n") + "\n", signal });
  let at = 0;
  for (const name of names) {
    const lineEnd = output.indexOf(10, at);
    const header = output.toString("utf8", at, lineEnd);
    at = lineEnd + 1;
    const [, type, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(header) ?? [];
    if (type === undefined) continue;
    objects.set(name, { type, data: output.subarray(at, at + Number(size)) });
    at += Number(size) + 1;
  }
  return objects;
}
