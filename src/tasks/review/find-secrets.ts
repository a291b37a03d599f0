import { createHash } from "node:crypto";
import type { Evidence } from "../../retrieval/evidence.ts";
import { isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import { findSecretsIn } from "../../shared/secrets.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";
import type { Draft } from "./findings.ts";

/**
 * Keys and tokens in the lines that a change adds, by secretlint's recommended rules and some forms more. What was found is shown with stars: a
 * comment lives longer than the branch, and is mailed to everybody.
 */
export async function findSecrets(change: Change): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const file of change.files) {
    if (!file.binary) drafts.push(...(await secretsOf(file, change.head)));
  }
  return drafts;
}

async function secretsOf(file: FileDiff, head: string): Promise<Draft[]> {
  const added = file.hunks.flatMap(({ lines }) => lines).filter(({ kind }) => kind === "+");
  // A longer line is minified code or data, on which patterns take long and mean little.
  const lines = added.filter(({ text }) => text.length <= limits.indexedLineCharacters);
  if (lines.length === 0) return [];
  const content = lines.map(({ text }) => text).join("\n");
  const found = new Map<string, Draft>();
  for (const { start, end, what } of await findSecretsIn(content, file.path)) {
    const line = lines[content.slice(0, start).split("\n").length - 1]?.newLine ?? null;
    const secret = content.slice(start, end);
    if (line === null || found.has(secret)) continue;
    found.set(secret, draftOf({ path: file.path, line, what, secret, head }));
  }
  return [...found.values()];
}

interface FoundSecret {
  path: string;
  /** In the new file. */
  line: number;
  /** As its rule calls it, for example `GitHub Token`. */
  what: string;
  secret: string;
  head: string;
}

function draftOf({ path, line, what, secret, head }: FoundSecret): Draft {
  const evidence: Evidence = {
    kind: "secret",
    citation: { kind: "code", path, startLine: line, endLine: line, commit: head },
    score: 1,
    why: `has the form of: ${what}`,
    text: "*".repeat(limits.maskCharacters),
  };
  return {
    id: createHash("sha256").update(`secret\n${path}\n${secret}`).digest("hex").slice(0, 16),
    kind: "secret",
    band: isTestPath(path) ? "test" : "code",
    anchor: { path, startLine: line, endLine: line, side: "RIGHT" },
    title: `This line adds what looks like a secret (${what})`,
    body:
      "Whoever can read the repository, its forks or its mails has it from now on, also after the line is gone. " +
      "If it is real, revoke it first, then take it out and read it from the environment.",
    evidence: [evidence],
  };
}
