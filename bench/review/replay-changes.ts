import { type RepositoryConfig, repositoryConfigSchema } from "../../src/config/repository-config.ts";
import type { Coverage } from "../../src/publish/outcome.ts";
import { gitText } from "../../src/shared/git.ts";
import { limits } from "../../src/shared/limits.ts";
import { findingKinds } from "../../src/publish/finding-kinds.ts";
import type { FindingKind } from "../../src/publish/outcome.ts";
import { say } from "../bench.ts";
import { type ReplayedChange, lineCount } from "./changes.ts";
import { checkCitations } from "./cited.ts";
import { type OnGitHub, type OpenedPull, everythingInline, openOnGitHub, repeatedIn } from "./on-github.ts";
import { writePushes } from "./pushes.ts";
import type { Reviewer } from "./reviewer.ts";

/** What one change came to. */
export interface ReplayedReview {
  title: string;
  number: number | null;
  lines: number;
  /** Comments on lines as the repository's own past places them, and entries of the summary's findings. */
  comments: number;
  findings: number;
  withheld: number;
  sheet: number;
  kinds: Record<string, number>;
  stages: Record<string, number>;
  ms: number;
  coverage: Coverage;
  /** Anchors of all findings that have one, and those that the server refuses. */
  anchors: number;
  wrongAnchors: string[];
  /** Comments that a review of all kinds posted of those that it sent. */
  sent: number;
  posted: number;
  cited: number;
  wrongCitations: string[];
  /** Over all pushes; null where the change was not pushed again. */
  pushes: { pushes: number; posted: number; repeated: string[] } | null;
}

const byPast = repositoryConfigSchema.parse({});
const allInline: RepositoryConfig = repositoryConfigSchema.parse({
  review: { inline: Object.keys(findingKinds) as FindingKind[], max_comments: limits.inlineCommentsMost },
});

/**
 * Reviews changes one by one as pull requests of a server; the first so many with comments are pushed to again. The engram is at each
 * one's base before the clock starts.
 */
export async function replayChanges(
  changes: readonly ReplayedChange[],
  reviewer: Reviewer,
  { served, pushed }: { served: string; pushed: number },
): Promise<ReplayedReview[]> {
  const server = await openOnGitHub(served);
  const isPull = await pullsOf(reviewer);
  const done: ReplayedReview[] = [];
  let left = pushed;
  try {
    for (const change of changes) {
      say(`change ${done.length + 1} of ${changes.length}: ${change.title.slice(0, 80)}`);
      const one = await replayOne(change, { server, reviewer, served, isPull, again: left > 0 });
      if (one.pushes !== null) left--;
      done.push(one);
    }
  } finally {
    await server.stop();
  }
  return done;
}

interface Replaying {
  server: OnGitHub;
  reviewer: Reviewer;
  served: string;
  isPull: (number: number) => boolean;
  again: boolean;
}

async function replayOne(change: ReplayedChange, on: Replaying): Promise<ReplayedReview> {
  const { server, reviewer, served, isPull, again } = on;
  const pull = await server.open(change);
  const subject = { kind: "pull" as const, number: pull.number };
  const asked = { base: change.base, head: change.head, subject, config: byPast, publisher: pull.publisher };
  await reviewer.follow(change.base);
  const placed = await reviewer.review(asked);
  const { findings, withheld, sheet, coverage } = placed.outcome;
  const before = pull.comments().length;

  const all = await reviewer.review({ ...asked, config: allInline, publisher: everythingInline(pull.publisher) });
  const anchored = all.outcome.findings.flatMap(({ anchor }) => anchor ?? []);
  const wrongAnchors: string[] = [];
  for (const anchor of anchored) {
    const taken = await server.takes(anchor, all.outcome.base, change.head);
    if (!taken) wrongAnchors.push(`${anchor.path}:${anchor.startLine}-${anchor.endLine} ${anchor.side}`);
  }
  const posted = pull.comments().length;
  const citations = await checkCitations(reviewer.gitDir, all.outcome, isPull);
  const pushes = again && posted > 0 ? await pushAgain(change, pull, { reviewer, served }) : null;
  await pull.close();
  return {
    title: change.title,
    number: change.number,
    lines: await lineCount(reviewer.gitDir, all.outcome.base, change.head),
    comments: findings.filter(({ placement }) => placement === "inline").length,
    findings: findings.length,
    withheld: withheld.length,
    sheet: sheet.length,
    kinds: countBy(all.outcome.findings.map(({ kind }) => kind)),
    stages: placed.stages,
    ms: placed.ms,
    coverage,
    anchors: anchored.length,
    wrongAnchors,
    sent: anchored.length,
    posted: Math.max(posted, before),
    cited: citations.cited,
    wrongCitations: citations.wrong,
    pushes,
  };
}

/** Pushes that alter nothing the change does; what is said again after one of them, though it stood there, is a repetition. */
async function pushAgain(
  change: ReplayedChange,
  pull: OpenedPull,
  { reviewer, served }: Pick<Replaying, "reviewer" | "served">,
): Promise<ReplayedReview["pushes"]> {
  const subject = { kind: "pull" as const, number: pull.number };
  const publisher = everythingInline(pull.publisher);
  const pushes = await writePushes(served, change.base, change.head);
  const first = pull.comments().length;
  const repeated: string[] = [];
  let base = change.base;
  for (const push of pushes) {
    const before = pull.comments();
    await pull.push(push);
    base = push.base ?? base;
    await reviewer.review({ base, head: push.head, subject, config: allInline, publisher });
    const again = repeatedIn(before, pull.comments());
    repeated.push(...again.map(({ path, said }) => `#${pull.number} ${push.label}: ${path} ${said}`));
  }
  return { pushes: pushes.length, posted: pull.comments().length - first, repeated };
}

async function pullsOf({ gitDir }: Reviewer): Promise<(number: number) => boolean> {
  const refs = await gitText(gitDir, ["for-each-ref", "--format=%(refname)", "refs/pull/*/head"]);
  const numbers = new Set(Array.from(refs.matchAll(/refs\/pull\/(\d+)\//g), ([, number]) => Number(number)));
  return (number) => numbers.has(number);
}

export function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
