import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Coverage, ModelReport, Withheld } from "../outcome.ts";
import { details, list, type Group } from "./body.ts";
import { codeSpan } from "./escape.ts";
import { commitLink, pullLink } from "./links.ts";
import { sanitizeInline } from "./sanitize.ts";

/**
 * What was read, what was not, and with what. Times are left out: they differ between two runs on the same head, and
 * would change the comment for nothing.
 */
export function coverageBlock(
  repository: RepositoryId,
  coverage: Coverage,
  withheld: readonly Withheld[],
  model: ModelReport,
): Group {
  const named = coverage.unread.slice(0, limits.unreadNamed);
  const rest = coverage.unread.length - named.length;
  // Without a text nothing was kept back: something was not done.
  const keptBack = withheld.filter(({ text }) => text !== "");
  const notDone = withheldReasons(withheld.filter(({ text }) => text === ""));
  return details(coverageLine(coverage), [
    list(
      [
        `- Engram: ${commitLink(repository, coverage.engramCommit)}`,
        `- Model: ${modelLine(model)}`,
        ...(keptBack.length > 0 ? [`- Withheld: ${withheldLine(keptBack)}`] : []),
        ...(notDone.length > 0 ? [`- Left out: ${reasonsLine(notDone)}`] : []),
        ...(turnedDown(withheld).length > 0 ? ["- `/assistant review --all` shows what was turned down, too"] : []),
        ...named.map(({ path, reason }) => `- Not read: ${codeSpan(path)}: ${sanitizeInline(reason)}`),
        ...(rest > 0 ? [`- Not read: ${rest} more ${rest === 1 ? "file" : "files"}`] : []),
      ],
      "",
    ),
  ]);
}

export function coverageLine(coverage: Coverage): string {
  const { filesRead, filesTotal, hunksRead, hunksTotal, linesRead, linesTotal } = coverage;
  return `Read ${filesRead} of ${filesTotal} files, ${hunksRead} of ${hunksTotal} hunks, ${linesRead} of ${linesTotal} lines`;
}

export function modelLine({ name, note }: ModelReport): string {
  const model = name === null ? "none" : codeSpan(name);
  return note.trim() === "" ? model : `${model} (${sanitizeInline(note)})`;
}

/** Numbers and reasons; what was withheld stays off GitHub. */
export function withheldLine(withheld: readonly Withheld[]): string {
  return `${withheld.length} (${reasonsLine(withheldReasons(withheld))})`;
}

function reasonsLine(reasons: ReturnType<typeof withheldReasons>): string {
  return reasons.map(({ reason, count }) => sanitizeInline(reason) + (count > 1 ? ` ×${count}` : "")).join("; ");
}

/** `3 findings are withheld, like those turned down in #412.`; empty where none is. */
export function turnedDownLine(repository: RepositoryId, withheld: readonly Withheld[]): string {
  const pulls = [...new Set(turnedDown(withheld).map(({ dismissed }) => dismissed.pull))];
  if (pulls.length === 0) return "";
  const count = turnedDown(withheld).length;
  const named = pulls.slice(0, limits.turnedDownNamed).map((pull) => pullLink(repository, pull));
  const said = count === 1 ? "1 finding is withheld, like one" : `${count} findings are withheld, like those`;
  return `${said} turned down in ${named.join(", ")}${pulls.length > named.length ? " and others" : ""}.`;
}

type TurnedDown = Withheld & Required<Pick<Withheld, "dismissed">>;

function turnedDown(withheld: readonly Withheld[]): TurnedDown[] {
  return withheld.filter((one): one is TurnedDown => one.dismissed !== undefined);
}

/** Each reason once, the most frequent first. What a reason quotes is the withheld text itself, and stays off too. */
function withheldReasons(withheld: readonly Withheld[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const one of withheld) {
    const reason = one.reason.replace(/"[^"]*"/g, "…");
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return Array.from(counts, ([reason, count]) => ({ reason, count })).sort(
    (a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1),
  );
}
