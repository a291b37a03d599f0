import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  version?: string;
  license?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  link?: boolean;
  os?: string[];
  cpu?: string[];
}

interface Notice {
  name: string;
  version: string;
  licence: string;
  /** Lines that say who holds the rights; empty where the package names nobody. */
  holders: string[];
  /** The terms without these lines; null where the package brings no text. */
  terms: string | null;
}

const root = join(import.meta.dirname, "../..");
const rule = "-".repeat(100);

/**
 * The text of THIRD-PARTY-NOTICES.txt: every package that an installation brings along, by the lock file, with its licence. Terms
 * that are the same to the letter stand once. What only some platforms get is named with the package that asks for it.
 */
export function noticesText(): string {
  const notices = readNotices();
  const byTerms = new Map<string, Notice[]>();
  for (const notice of notices) {
    if (notice.terms === null) continue;
    const key = plain(notice.terms);
    byTerms.set(key, [...(byTerms.get(key) ?? []), notice]);
  }
  const sections = [...byTerms.values()].map((group) => {
    const heads = group.map(({ name, version, holders }) => [
      `${name} ${version}`,
      ...holders.map((line) => `    ${line}`),
    ]);
    return `${rule}\n${heads.flat().join("\n")}\n\n${group[0]?.terms ?? ""}\n`;
  });
  return `${opening(notices)}\n${sections.join("\n")}`;
}

function opening(notices: readonly Notice[]): string {
  const rows = notices.map(
    ({ name, version, licence, terms }) =>
      `${name} ${version}: ${licence}${terms === null ? " (no text in the package)" : ""}`,
  );
  return `THIRD-PARTY NOTICES

Engram Assistant is under the licence in LICENSE. An installation brings the ${notices.length} packages below along from the package
registry; none of their code is in this one. This list is written by \`npm run generate\` from package-lock.json and the packages.
Some hold programs compiled from further sources: llama.cpp (MIT, the ggml authors) in @node-llama-cpp, SQLite (public domain) in
@libsql, tree-sitter and its grammars (MIT) in the packages of grammars. Models are not part of it: \`assistant models list --all\` names their licences.

${rows.join("\n")}
`;
}

function readNotices(): Notice[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const shipped = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional, peer, link, version }]) =>
      path !== "" && !dev && !devOptional && !peer && !link && version !== undefined,
  );
  const notices = new Map<string, Notice>();
  for (const [path, entry] of shipped) {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    // A peer for its types alone; it is not installed with the program.
    if (name.startsWith("@typescript/")) continue;
    const version = entry.version ?? "";
    const licence = entry.license ?? "not named";
    // Of a platform's packages only this machine's are there, and the list has to be the same everywhere.
    const isOfPlatform = entry.optional === true && (entry.os !== undefined || entry.cpu !== undefined);
    const text = isOfPlatform ? null : licenceText(join(root, path));
    notices.set(`${name} ${version}`, { name, version, licence, ...divided(text) });
  }
  return [...notices.values()].toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

function licenceText(folder: string): string | null {
  if (!existsSync(folder)) throw new Error(`${folder} is not installed: run npm ci`);
  const file = readdirSync(folder)
    .toSorted()
    .find((name) => /^(?:licen[cs]e|copying)/i.test(name));
  return file === undefined ? null : readFileSync(join(folder, file), "utf8");
}

function divided(text: string | null): Pick<Notice, "holders" | "terms"> {
  if (text === null) return { holders: [], terms: null };
  const lines = text.replaceAll("\r", "").split("\n");
  const isHolder = (line: string) =>
    /^\W*(?:copyright\b(?! (?:notice|holder|owner|and|law|license))|©)/i.test(line.trim());
  const terms = lines.filter((line) => !isHolder(line)).join("\n");
  return {
    holders: lines.filter(isHolder).map((line) => line.trim()),
    terms: terms.replaceAll(/\n{3,}/g, "\n\n").trim(),
  };
}

/** Terms are the same where only their line breaks differ. */
function plain(terms: string): string {
  return terms.replaceAll(/[\s*#]+/g, " ").toLowerCase();
}
