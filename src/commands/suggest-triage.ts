import type { Settings } from "../config/server-config.ts";
import { runTriage } from "../pipeline.ts";
import { createDryRunPublisher } from "../publish/dry-run-publisher.ts";
import type { TriageOutcome } from "../publish/outcome.ts";
import { formatCitation } from "../retrieval/evidence.ts";
import { folderOf, type LocalServices } from "../services.ts";
import { limits } from "../shared/limits.ts";
import { repositoryKey, type RepositoryId } from "../shared/repository.ts";
import { readIssueForms } from "../tasks/triage/issue-forms.ts";
import type { TrackedIssue, Tracker } from "../tracker/tracker.ts";
import { findDefaultBranch, localEngramKey, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { fetchBranch, readDefaultBranch } from "../workspace/open-pull.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { knowing } from "./known-tracker.ts";
import { terminalProgress } from "./progress.ts";

export interface SuggestRequest {
  settings: Settings;
  repository: RepositoryId;
  tracker: Tracker;
  signal: AbortSignal;
  /** A local clone; without it the default branch is fetched. */
  repo?: string;
  json?: boolean;
}

/** Prints what a triage would write under the newest open issues, without a model. Writes nothing to GitHub. */
export async function suggestTriage(request: SuggestRequest, services: LocalServices): Promise<void> {
  const { repository, tracker, signal, json = false } = request;
  const code = await openCode(request);
  const forms = await readIssueForms(code.workspace, code.engramCommit);
  const progress = terminalProgress(process.stderr);
  const vectors = services.past.trackers.vectors(repositoryKey(repository));
  const open = Array.from(tracker.issues()).filter(({ pull, state }) => !pull && state === "open");
  const asked = open.toReversed().slice(0, limits.suggestedIssues);
  for (const [index, issue] of asked.entries()) {
    signal.throwIfAborted();
    progress("looking at open issues", index, asked.length);
    const { outcome } = await runTriage(
      {
        ...code,
        subject: { kind: "issue", number: issue.number },
        asked: false,
        issue,
        pastIssues: [],
        repository,
        forms,
        labels: { precision: limits.labelPrecision, apply: false, settled: issue.labels },
        learn: false,
        publisher: createDryRunPublisher({ repository }),
        signal,
        progress: () => {},
      },
      knowing({ tracker, vectors }, services),
    );
    progress("");
    process.stdout.write(json ? `${JSON.stringify(suggestionOf(issue, outcome))}\n` : `\n${tableRow(issue, outcome)}`);
  }
  if (json) return;
  const left = open.length - asked.length;
  const more = left > 0 ? ` (the newest of ${open.length} open ones)` : "";
  process.stdout.write(
    `\n${asked.length} ${asked.length === 1 ? "issue" : "issues"}${more}. Nothing was written to GitHub.\n`,
  );
}

async function openCode({ settings, repository, repo, signal }: SuggestRequest): Promise<{
  workspace: Workspace;
  engramKey: string;
  engramCommit: string;
}> {
  if (repo !== undefined) {
    const workspace = await openLocalClone(repo);
    const engramCommit = await resolveCommit(workspace.gitDir, await findDefaultBranch(workspace.gitDir));
    return { workspace, engramKey: localEngramKey(workspace.gitDir), engramCommit };
  }
  const { openGitHub } = await import("./github-client.ts");
  const { octokit, token } = await openGitHub(settings, repository);
  const { host, protocol } = settings.github;
  const engramKey = repositoryKey(repository);
  const remote = { url: `${protocol}://${host}/${repository.owner}/${repository.name}.git`, token };
  const mirror = folderOf(settings.home.mirrors, engramKey);
  const branch = await readDefaultBranch(octokit, repository);
  const { workspace, commit } = await fetchBranch(mirror, remote, branch, signal);
  return { workspace, engramKey, engramCommit: commit };
}

function suggestionOf({ number, title }: TrackedIssue, outcome: TriageOutcome): object {
  const { similar, suspects, labels = [], missing = [], ms } = outcome;
  return {
    number,
    title,
    similar: similar.map(({ grade, issue, fixes }) => ({
      issue: formatCitation(issue.citation),
      grade: grade ?? "related",
      score: issue.score,
      fixes: fixes.map(({ citation }) => formatCitation(citation)),
    })),
    suspects: suspects.map(({ citation }) => formatCitation(citation)),
    labels: labels.map(({ name, confidence }) => ({ name, confidence })),
    missing,
    ms,
  };
}

/** An issue and what would be said, a line for each kind of thing. */
function tableRow({ number, title }: TrackedIssue, outcome: TriageOutcome): string {
  const { similar, suspects, labels = [], missing = [] } = outcome;
  const rows: [string, string[]][] = [
    [
      "similar",
      similar.map(({ grade, issue, fixes }) => {
        const [fix] = fixes;
        const fixed = fix ? `, fixed by ${formatCitation(fix.citation)}` : "";
        return `${formatCitation(issue.citation)} (${grade ?? "related"}, ${issue.score.toFixed(2)}${fixed})`;
      }),
    ],
    ["code", suspects.map(({ citation }) => formatCitation(citation).replace(/@[0-9a-f]+$/, ""))],
    [
      "labels",
      labels.map(({ name, confidence }) => `${name}${confidence === null ? "" : ` ${confidence.toFixed(2)}`}`),
    ],
    ["missing", missing],
  ];
  const said = rows.filter(([, parts]) => parts.length > 0);
  const lines =
    said.length === 0 ? ["  nothing"] : said.map(([kind, parts]) => `  ${kind.padEnd(8)} ${parts.join("; ")}`);
  return `#${number}  ${title.replace(/\s+/g, " ").slice(0, 100)}\n${lines.join("\n")}\n`;
}
