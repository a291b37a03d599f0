import type { PastCommit } from "../../history/history.ts";
import { issueReferences, messageText, pullNumberOf } from "../../history/past-commit.ts";
import type { AnswerLine } from "../../publish/outcome.ts";
import type { Citation, Evidence } from "../../retrieval/evidence.ts";
import { findFilePast } from "../../retrieval/file-past.ts";
import { pullOfCommit } from "../../retrieval/pull-of-commit.ts";
import { limits } from "../../shared/limits.ts";
import type { AskInput, Material, Place } from "./ask-input.ts";
import { quote } from "./inline.ts";

export interface PastOfPlace {
  commits: AnswerLine[];
  /** Pull requests and issues that are behind these commits. */
  behind: AnswerLine[];
  material: Material[];
  /** ISO day of the newest of the commits. */
  last: string | null;
}

/** The commits that wrote lines and what they say of why, and the pull requests and issues that they came from. */
export async function pastOfPlace(place: Place, input: AskInput): Promise<PastOfPlace> {
  const { workspace, past, subject, signal } = input;
  const { history } = place;
  await workspace.prefetchHistory(history.at, [place.path]);
  const found = await findFilePast(workspace.gitDir, place, place.text, { history, pulls: past.pulls }, { signal });
  const commits = found.commits.flatMap((evidence): { evidence: Evidence; commit: PastCommit | null }[] => {
    const { citation } = evidence;
    if (citation.kind !== "commit") return [];
    const commit = history.commits[history.positionOf(citation.commit) ?? -1] ?? null;
    return [{ evidence: { ...evidence, why: whyOf(evidence.why, commit) }, commit }];
  });
  const known = commits.flatMap(({ commit }) => commit ?? []);
  const pulls = found.pulls.filter(
    ({ citation }) => !(subject?.onPull === true && numberOf(citation) === subject.number),
  );
  const newest = Math.max(0, ...known.map(({ time }) => time));
  const ownPull = (commit: PastCommit | null): Evidence[] => {
    const number = commit === null ? null : pullOfCommit(history, commit.commit)?.number;
    return pulls.filter(({ citation }) => citation.kind === "pull" && citation.number === number);
  };
  const lines = commits.map(({ evidence, commit }) => ({
    text: "",
    evidence: [evidence, ...ownPull(commit).map((pull) => ({ ...pull, why: "its pull request" }))],
  }));
  const shown = new Set(commits.flatMap(({ commit }) => ownPull(commit)));
  const behind = [...pulls.filter((one) => !shown.has(one)), ...issuesBehind(known, pulls, input)];
  return {
    commits: lines,
    behind: behind.map((evidence) => ({ text: "", evidence: [evidence] })),
    material: commits.flatMap(({ evidence, commit }) =>
      commit === null ? [] : [{ evidence, text: messageText(commit).trim() }],
    ),
    last: newest === 0 ? null : dayOf(newest),
  };
}

function numberOf(citation: Citation): number | null {
  return citation.kind === "pull" ? citation.number : null;
}

function whyOf(why: string, commit: PastCommit | null): string {
  if (commit === null) return why;
  const reason = reasonIn(commit);
  return `${dayOf(commit.time)}; ${why}${reason === null ? "" : `; it says ${quote(reason)}`}`;
}

/** Lines of a message that people did not write to tell why. */
const noReason =
  /^\s*(?:$|#|<!--|[-=*_]{3,}\s*$|[\w-]+-by:|(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see|pr-url|backport|cherry|change-id|git-subtree|signed-off|co-authored)\b[\s:#(].*|https?:\/\/\S+\s*$|\(cherry picked)/i;

/**
 * The first sentence of a commit's body that says something. A list is what a squash made of many messages: its first entry
 * says what came first, and not why.
 */
function reasonIn({ subject, body }: PastCommit): string | null {
  const lines = body.split("\n").filter((line) => !noReason.test(line));
  const end = lines.findIndex((line) => /^\s*[*+-]\s/.test(line));
  const paragraph = (end < 0 ? lines : lines.slice(0, end)).slice(0, limits.quotedCommentLines).join(" ");
  const sentence = paragraph.split(/(?<=[.!?])\s+(?=[\p{Lu}`"'(])/u)[0]?.trim() ?? "";
  return sentence === "" || subject.toLowerCase().startsWith(sentence.toLowerCase()) ? null : sentence;
}

/** Issues that the commits and their pull requests name, as far as the tracker knows them. */
function issuesBehind(commits: readonly PastCommit[], pulls: readonly Evidence[], input: AskInput): Evidence[] {
  const { past, repository } = input;
  const { tracker } = past;
  if (tracker === null) return [];
  const said = new Map<number, string>();
  for (const commit of commits) {
    const own = pullNumberOf(commit.subject);
    const pull = own === null ? null : tracker.issue(own);
    const texts = [messageText(commit), ...(pull?.pull ? [pull.body] : [])];
    for (const { number, closes } of texts.flatMap((text) => issueReferences(text, repository))) {
      const way = closes ? "closed by" : "named by";
      if (number !== own && !said.has(number)) said.set(number, `${way} ${commit.commit.slice(0, 12)}`);
    }
  }
  const shown = new Set(pulls.flatMap(({ citation }) => (citation.kind === "pull" ? citation.number : [])));
  return [...said].slice(0, limits.evidencePerFinding).flatMap(([number, why]): Evidence[] => {
    const issue = tracker.issue(number);
    if (issue === null || issue.title === "" || shown.has(number)) return [];
    const { title, state } = issue;
    if (issue.pull)
      return [{ kind: "past-pull", citation: { kind: "pull", number, title }, score: 0.5, why, text: title }];
    return [{ kind: "similar-issue", citation: { kind: "issue", number, title, state }, score: 0.5, why, text: title }];
  });
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}
