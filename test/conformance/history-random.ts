import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import type { TestRepository } from "../helpers/git-repository.ts";

/** A repository with a history that no person would write, from a seed: `tips` in the order in which they were pushed. */
export function randomHistory(repository: TestRepository, seed: number, commits: number): string[] {
  const random = createRandom(seed);
  const made: Made[] = [];
  let stream = "feature done\n";
  for (let mark = 1; mark <= commits; mark++) {
    const { parents, files, text } = nextCommit(random, made, mark);
    stream += text;
    made.push({ parents, files });
  }
  const marks = `${repository.dir}/marks`;
  const args = ["-C", repository.dir, "fast-import", "--quiet", `--export-marks=${marks}`];
  execFileSync("git", args, { input: Buffer.from(`${stream}done\n`, "latin1") });
  const ids = execFileSync("cat", [marks], { encoding: "utf8" }).trim().split("\n");
  const byMark = new Map(ids.map((line) => line.slice(1).split(" ") as [string, string]));
  return made.map((_, index) => byMark.get(String(index + 1)) ?? "");
}

/** 0 ≤ value < below */
export type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let turn = 0;
  return (below) => createHash("sha256").update(`${seed} ${turn++}`).digest().readUInt32BE() % below;
}

interface Made {
  parents: number[];
  /** Content by path, both as bytes in latin1. */
  files: Map<string, string>;
}

/** A tab, a line end, a quote, what is not UTF-8, what is, and what looks like git's own words. */
const names = ["a.ts", "b.ts", "dir/c.ts", "t\tab", "line\nend", 'quo"te', "\xff\xfe.bin", "\xc3\xbc.ts", "M", "R100"];

/** The stream of `git fast-import`, in latin1. Marks count from 1. */
function nextCommit(random: Random, made: readonly Made[], mark: number) {
  const parents = chooseParents(random, made.length);
  const files = new Map(made[(parents[0] ?? 0) - 1]?.files);
  const changes = Array.from({ length: random(4) }, () => change(random, files, mark)).join("");
  // Some clocks are wrong, and some commits are made in the same second.
  const time = 1_700_000_000 + Math.floor(mark / 2) * 60 + (random(6) === 0 ? random(2_000) - 1_000 : 0);
  const message = messages[random(messages.length)]?.(mark) ?? "";
  const text = [
    `commit refs/heads/c${mark}`,
    `mark :${mark}`,
    `author Ada \xff <ada@example.com> ${time - 60} +0000`,
    `committer Bob <bob@example.com> ${time} +0000`,
    `data ${message.length}\n${message}`,
    ...parents.map((parent, index) => `${index === 0 ? "from" : "merge"} :${parent}`),
  ];
  return { parents, files, text: `${text.join("\n")}\n${changes}\n` };
}

/** Mostly the newest ones; at times a root, a merge of two, an octopus, or a branch off something old. */
function chooseParents(random: Random, made: number): number[] {
  const count = made === 0 || random(12) === 0 ? 0 : [1, 1, 1, 1, 1, 2, 2, 4][random(8)];
  const back = random(5) === 0 ? made : Math.min(made, 4);
  return [...new Set(Array.from({ length: count ?? 1 }, () => made - random(back)))];
}

function change(random: Random, files: Map<string, string>, mark: number): string {
  const present = [...files.keys()];
  const old = present[random(present.length || 1)];
  const path = names[random(names.length)] ?? "";
  const kind = random(6);
  if (old !== undefined && kind === 0) {
    files.delete(old);
    return `D ${quoted(old)}\n`;
  }
  if (old !== undefined && kind <= 2 && !files.has(path)) {
    files.set(path, files.get(old) ?? "");
    files.delete(old);
    return `R ${quoted(old)} ${quoted(path)}\n`;
  }
  const content = `${random(3) === 0 ? "" : mark} ${random(1_000)}`;
  files.set(path, content);
  return `M 100644 inline ${quoted(path)}\ndata ${content.length}\n${content}\n`;
}

function quoted(path: string): string {
  const bytes = [...Buffer.from(path, "latin1")];
  return `"${bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`;
}

const messages: ((mark: number) => string)[] = [
  (mark) => `Change ${mark} of the parser`,
  (mark) => `Fix parseBody (#${mark})\n\nThe cache was read twice.\n\nSigned-off-by: Ada <ada@example.com>\n`,
  () => "",
  () => "\n\n  Subject after empty lines\nthat goes on\n\n\n\nBody\n\n",
  (mark) => `Huge ${mark}\n\n${"the cache of words ".repeat(700)}`,
  () => `Cut \n\n${"x".repeat(3_999)}\xf0\x9f\x98\x80 and more`,
  () => "Not UTF-8: \xff\xfe\xc3",
  () => "M\n\nR100\n\x01",
];
