/**
 * `npx tsx bench/report/references.ts` writes docs/report/references.md from references.json, and at the end of every page of
 * the report the addresses of what it cites: in a page `[id]` is a citation.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Reference {
  id: string;
  /** 1 to 6: the question that it is listed under. */
  question: number;
  title: string;
  /** Authors or publisher; empty where the part that was read names none. */
  by: string;
  year: number;
  url: string;
  kind: string;
  /** How much of it was read. */
  read: string;
  took: string;
}

/** What follows in a page is written by this program. */
const mark = "<!-- written by bench/report/references.ts -->";
const listPage = "references.md";

const questions = [
  "Models and quantisation",
  "Processors, threads, GPUs",
  "Several models at once",
  "Retrieval",
  "From documents to changes",
  "Security and privacy",
];

export function readReferences(dir: string): Reference[] {
  return JSON.parse(readFileSync(join(dir, "references.json"), "utf8")) as Reference[];
}

/** The pages that cite. */
export function reportPages(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith(".md") && name !== listPage);
}

/** Ids that a page cites, each once. Links with an address of their own and code are no citations. */
export function citedIn(text: string): string[] {
  const [prose = ""] = text.split(mark);
  const plain = prose.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");
  return [...new Set([...plain.matchAll(/\[([a-z0-9][a-z0-9-]+)\](?![([])/g)].map(([, id = ""]) => id))];
}

export function renderList(references: readonly Reference[]): string {
  const parts = [
    "# References\n",
    `${references.length} sources, each opened and read as far as is said; what they are cited for stands last. Written by \`bench/report/references.ts\` from [references.json](references.json). Stored copies were read, of different ages; dates of threads are those of what was read.\n`,
  ];
  for (const [index, title] of questions.entries()) {
    const listed = references.filter(({ question }) => question === index + 1);
    parts.push(`## ${index + 1}. ${title} (${listed.length})\n`, ...listed.map(renderEntry));
  }
  return parts.join("\n");
}

function renderEntry({ id, title, by, year, url, kind, read, took }: Reference): string {
  const author = by === "" ? "" : `${by}, `;
  return `### ${id}\n\n${author}${year}: [${title}](${url}). ${kind}; read: ${read}. Taken from it: ${took}.\n`;
}

/** The page with the addresses of what it cites. */
export function withAddresses(text: string, references: readonly Reference[]): string {
  const [prose = ""] = text.split(mark);
  const known = new Set(references.map(({ id }) => id));
  const addresses = citedIn(prose)
    .filter((id) => known.has(id))
    .sort()
    .map((id) => `[${id}]: ${listPage}#${id}`);
  return `${prose.trimEnd()}\n${addresses.length === 0 ? "" : `\n${mark}\n\n${addresses.join("\n")}\n`}`;
}

if (process.argv[1] === import.meta.filename) {
  const dir = join(import.meta.dirname, "../../docs/report");
  const references = readReferences(dir);
  writeFileSync(join(dir, listPage), renderList(references));
  for (const page of reportPages(dir)) {
    const path = join(dir, page);
    writeFileSync(path, withAddresses(readFileSync(path, "utf8"), references));
  }
}
