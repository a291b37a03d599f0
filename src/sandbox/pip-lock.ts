import type { ReadFile } from "../edits/edit.ts";
import { limits } from "../shared/limits.ts";
import type { LockRequest } from "./npm-lock.ts";

/** Exact versions, in pip's own words. */
export interface PipRequest {
  kind: "pip";
  /** The files they come from. */
  locks: string[];
  /** Lines of a requirements file: `name==version ; marker --hash=…`. */
  requirements: string[];
  /** Whether the repository itself shall be importable (`-e .`). */
  installsItself: boolean;
}

/** Those that people keep pinned versions in; those beside the first are of tests and development. */
const requirementFiles = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
  "requirements/dev.txt",
  "requirements/test.txt",
  "requirements/tests.txt",
];

/** Null where the repository has neither Pipfile.lock nor requirements. */
export async function readPipLock(
  read: ReadFile,
  mayUse: (url: string) => boolean,
): Promise<LockRequest<PipRequest> | null> {
  const pipenv = await read("Pipfile.lock");
  if (pipenv !== null) return parsePipenv(pipenv);
  const found: Collected = { lines: new Map(), installsItself: false, files: new Set() };
  for (const path of requirementFiles) {
    if ((await read(path)) === null) continue;
    const problem = await collect(path, read, mayUse, found);
    if (problem !== null) return problem;
  }
  if (found.files.size === 0) return null;
  const requirements = [...found.lines.values()];
  const { installsItself } = found;
  return { kind: "pip", locks: [...found.files], requirements, installsItself };
}

interface Collected {
  /** By name and marker; a later file may say the same again. */
  lines: Map<string, string>;
  files: Set<string>;
  installsItself: boolean;
}

type Refused = Extract<LockRequest<PipRequest>, { kind: "refused" }>;

async function collect(
  path: string,
  read: ReadFile,
  mayUse: (url: string) => boolean,
  found: Collected,
): Promise<Refused | null> {
  const refuse = (reason: string): Refused => ({ kind: "refused", path, reason });
  if (found.files.has(path)) return null;
  const text = await read(path);
  if (text === null) return refuse("it is missing, and another one includes it");
  found.files.add(path);
  if (found.files.size > limits.requirementFiles) return refuse("too many files include one another");
  for (const line of logicalLines(text)) {
    const included = /^(?:-r|--requirement|-c|--constraint)[ =]*(\S+)$/.exec(line)?.[1];
    if (included !== undefined) {
      const target = resolvePath(path, included);
      if (target === null) return refuse(`it includes ${included}, outside of the repository`);
      const problem = await collect(target, read, mayUse, found);
      if (problem !== null) return problem;
      continue;
    }
    if (/^(?:(?:-e|--editable)[ =]*)?\.(?:\[[\w,\s-]*\])?$/.test(line)) {
      found.installsItself = true;
      continue;
    }
    const index = /^(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host)[ =]*(\S+)$/.exec(line)?.[1];
    if (index !== undefined) {
      if (URL.canParse(index) && mayUse(index)) continue;
      return refuse(`it asks for packages from ${index.slice(0, 200)}, which is not among the allowed registries`);
    }
    if (/^--(?:require-hashes|only-binary|prefer-binary|pre)\b/.test(line)) continue;
    const parsed = parseRequirement(line);
    if (parsed === null) return refuse(`not an exact version: ${line.slice(0, 200)}`);
    found.lines.set(parsed.key, parsed.line);
  }
  return null;
}

/** Without comments; a line that ends with a backslash goes on. */
function logicalLines(text: string): string[] {
  return text
    .replaceAll("\r\n", "\n")
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

const requirement =
  /^([A-Za-z0-9][\w.-]*)\s*(\[[\w.,\s-]*\])?\s*(={2,3})\s*([\w.!+-]+)\s*(?:;\s*([^#]*?))?((?:\s+--hash[ =]\w+:[0-9a-fA-F]+)*)$/;

function parseRequirement(line: string): { key: string; line: string } | null {
  const match = requirement.exec(line);
  if (match === null) return null;
  const [, name = "", extras = "", equals = "", version = "", marker = "", hashes = ""] = match;
  if (/--|[\n\r]/.test(marker)) return null;
  const condition = marker.trim() === "" ? "" : ` ; ${marker.trim()}`;
  const written = hashes.trim().split(/\s+/).filter(Boolean).join(" ").replaceAll("--hash ", "--hash=");
  return {
    key: `${name.toLowerCase().replace(/[-_.]+/g, "-")}${condition}`,
    line: `${name}${extras.replace(/\s/g, "")}${equals}${version}${condition} ${written}`.trim(),
  };
}

/** Null where it leads out of the repository. */
function resolvePath(from: string, to: string): string | null {
  const parts = from.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return to.startsWith("/") ? null : parts.join("/");
}

interface PipenvPackage {
  version?: unknown;
  hashes?: unknown;
  markers?: unknown;
  extras?: unknown;
}

function parsePipenv(text: string): LockRequest<PipRequest> {
  const path = "Pipfile.lock";
  const refuse = (reason: string) => ({ kind: "refused", path, reason }) as const;
  let sections: Record<string, Record<string, PipenvPackage>>;
  try {
    sections = JSON.parse(text) as typeof sections;
  } catch {
    return refuse("it is not JSON");
  }
  const requirements = new Map<string, string>();
  for (const [name, entry] of Object.entries({ ...sections["default"], ...sections["develop"] })) {
    const hashes = Array.isArray(entry.hashes) ? entry.hashes.map((hash) => ` --hash=${String(hash)}`).join("") : "";
    const marker = typeof entry.markers === "string" ? ` ; ${entry.markers}` : "";
    const extras = Array.isArray(entry.extras) ? `[${entry.extras.join(",")}]` : "";
    const parsed = parseRequirement(`${name}${extras}${String(entry.version)}${marker}${hashes}`);
    if (parsed === null) return refuse(`${name} has no exact version there`);
    requirements.set(parsed.key, parsed.line);
  }
  return { kind: "pip", locks: [path], requirements: [...requirements.values()], installsItself: false };
}
