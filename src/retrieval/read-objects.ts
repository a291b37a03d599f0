import { git, type GitOptions } from "../shared/git.ts";

export interface GitObject {
  oid: string;
  type: string;
  data: Buffer;
}

/** A line end ends a request; a relative path ends the process. */
const MISUNDERSTOOD = /[\n\0]|^$|^[^:]*:\.{1,2}(?:\/|$)/;

/**
 * Objects by the names that they were asked for (`COMMIT`, `COMMIT:PATH`, `REF:PATH`), in one git process; those that do
 * not exist are not among them. A name that git would take for something else than a name counts as one that does not exist.
 * Errors: GitError where git would have to fetch an object.
 */
export async function readObjects(
  gitDir: string,
  names: readonly string[],
  options: Pick<GitOptions, "signal" | "env"> = {},
): Promise<Map<string, GitObject>> {
  const asked = [...new Set(names)].filter((name) => !MISUNDERSTOOD.test(name));
  const objects = new Map<string, GitObject>();
  if (asked.length === 0) return objects;
  const output = await git(gitDir, ["cat-file", "--batch"], { ...options, input: asked.join("\n") + "\n" });
  let at = 0;
  for (const name of asked) {
    const lineEnd = output.indexOf(10, at);
    const header = output.toString("utf8", at, lineEnd);
    at = lineEnd + 1;
    // `OID TYPE SIZE` for an object that exists; one line that ends in `missing` or `ambiguous` otherwise.
    const [, oid, type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(header) ?? [];
    if (oid === undefined || type === undefined) continue;
    objects.set(name, { oid, type, data: output.subarray(at, at + Number(size)) });
    at += Number(size) + 1;
  }
  return objects;
}
