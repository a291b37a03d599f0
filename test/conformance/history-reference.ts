import { execFileSync } from "node:child_process";
import type { PastCommit } from "../../src/history/history.ts";

/** What a person would write who has all the time of the world: one `git log` for each part of a commit. */
export function readPlainly(gitDir: string, commit: string): PastCommit[] {
  const log = (...args: string[]): string =>
    execFileSync("git", ["-C", gitDir, "log", "--date-order", ...args, commit, "--"], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  const field = (format: string): string[] => log("-s", `--format=${format}%x00`).split("\0\n").slice(0, -1);
  const ids = field("%H");
  const parents = field("%P");
  const times = field("%ct");
  const names = field("%an");
  const emails = field("%ae");
  const subjects = field("%s");
  const bodies = field("%b");
  const files = filesByCommit(log("--no-mailmap", "-z", "--raw", "-M100%", "--abbrev=40", "--format=commit %H"));

  const currentNames = new Map<string, string>();
  const nameOf = (path: string): string => currentNames.get(path) ?? path;
  return ids.map((id, index) => {
    const changed = files.get(id) ?? [];
    for (const { from, to } of changed) if (from !== to) currentNames.set(from, nameOf(to));
    return {
      commit: id,
      parents: (parents[index] ?? "").split(" ").filter((parent) => parent !== ""),
      time: Number(times[index]),
      author: { name: names[index] ?? "", email: emails[index] ?? "" },
      subject: subjects[index] ?? "",
      body: wholeCharacters((bodies[index] ?? "").slice(0, 4_000)).trim(),
      files: changed.map(({ to }) => nameOf(to)),
    };
  });
}

/** The half of a character that a cut leaves is none. */
function wholeCharacters(text: string): string {
  return Buffer.from(text)
    .toString("utf8")
    .replace(/\ufffd$/, (end) => (text.endsWith(end) ? end : ""));
}

/** Records begin with a colon, commits with their name; the two are told apart by what stood before. */
function filesByCommit(raw: string): Map<string, { from: string; to: string }[]> {
  const found = new Map<string, { from: string; to: string }[]>();
  const fields = raw.split("\0");
  let commit = "";
  for (let at = 0; at < fields.length; at++) {
    const field = (fields[at] ?? "").replace(/^\n/, "");
    if (field.startsWith("commit ")) commit = field.slice("commit ".length);
    if (!field.startsWith(":")) continue;
    const from = fields[++at] ?? "";
    const to = field.endsWith(" R100") ? (fields[++at] ?? "") : from;
    found.set(commit, [...(found.get(commit) ?? []), { from, to }]);
  }
  return found;
}

/** Exact BM25 by its definition: each message is read anew for each word. */
export function searchPlainly(messages: readonly string[][], words: readonly string[], k: number) {
  const average = messages.reduce((sum, message) => sum + message.length, 0) / messages.length;
  const scores = messages.map((message) => {
    let score = 0;
    for (const word of new Set(words)) {
      const count = message.filter((other) => other === word).length;
      const frequency = messages.filter((other) => other.includes(word)).length;
      const idf = Math.log(1 + (messages.length - frequency + 0.5) / (frequency + 0.5));
      score += (idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * message.length) / average));
    }
    return score;
  });
  return scores
    .map((score, position) => ({ position, score }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.position - b.position)
    .slice(0, k);
}
