import { Command } from "commander";
import { loadSettings, type Settings } from "../config/server-config.ts";
import { embedIssues } from "../retrieval/issue-meanings.ts";
import { type LocalServices, openLocalServices } from "../services.ts";
import { AssistantError } from "../shared/errors.ts";
import { repositoryKey, type RepositoryId } from "../shared/repository.ts";
import { createExportSource } from "../tracker/exported-tracker.ts";
import { createGitHubTrackerSource } from "../tracker/github-tracker-source.ts";
import { keepPace } from "../tracker/keep-pace.ts";
import type { Tracker } from "../tracker/tracker.ts";
import type { KeptTrackerStore, TrackerSyncReport } from "../tracker/tracker-keeper.ts";
import { interruptSignal } from "./interrupt.ts";
import { type BackfillProgress, openBackfillProgress } from "./backfill-progress.ts";
import { readWholeTracker } from "./read-whole-tracker.ts";
import { suggestTriage } from "./suggest-triage.ts";

interface BackfillOptions {
  tracker?: string;
  suggest?: boolean;
  repo?: string;
  json?: boolean;
}

export function backfillCommand(): Command {
  return new Command("backfill")
    .description("read all issues, pull requests and comments of a repository, once; nothing is written to GitHub")
    .argument("<repository>", "OWNER/NAME")
    .option("--tracker <file>", "an exported tracker, one issue a line (docs/tracker.md), in place of GitHub's")
    .option("--suggest", "then say what a triage would write under the open issues; nothing is written there either")
    .option("--repo <dir>", "a clone for --suggest; without it the default branch is fetched")
    .option("--json", "print what is known now, and the suggestions, as JSON, one a line")
    .addHelpText(
      "after",
      `
Asks GitHub with the token in GITHUB_TOKEN, else as the app (APP_ID, PRIVATE_KEY_PATH, as for serve). A fifth of the
requests that GitHub allows in an hour is left to others. Stop it at any time: the next run goes on where it ended.

Examples:
  assistant backfill acme/shop
  assistant backfill acme/shop --suggest --repo ../shop
  assistant backfill acme/shop --tracker jira.jsonl

Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(backfill);
}

async function backfill(name: string, options: BackfillOptions): Promise<void> {
  const settings = loadSettings();
  const repository = parseRepository(name, settings);
  const key = repositoryKey(repository);
  const signal = interruptSignal();
  const services = openLocalServices(settings, { models: false });
  const progress = openBackfillProgress(process.stderr);
  try {
    const { trackers } = services.past;
    const skipped =
      options.tracker === undefined
        ? await readFromGitHub(settings, repository, { trackers, progress, signal })
        : await readExport(options.tracker, key, { trackers, progress, signal });
    const tracker = trackers.open(key);
    const [refused] = skipped;
    if (tracker === null && refused) throw new AssistantError(refused.reason, { code: "not-permitted", ...refused });
    if (tracker) await computeMeanings(tracker, key, { services, progress, signal });
    progress.end();
    report(name, tracker, skipped, options.json ?? false);
    if (options.suggest && tracker)
      await suggestTriage({ ...options, settings, repository, tracker, signal }, services);
  } finally {
    progress.end();
    await services.close();
  }
}

function parseRepository(name: string, { github }: Settings): RepositoryId {
  const [, owner, repository] = /^([\w.-]+)\/([\w.-]+)$/.exec(name) ?? [];
  if (owner && repository) return { host: github.host, owner, name: repository };
  throw new AssistantError(`"${name}" names no repository`, {
    code: "bad-repository",
    remedy: "Write OWNER/NAME, as in its address on GitHub.",
  });
}

interface Reading {
  trackers: KeptTrackerStore;
  progress: BackfillProgress;
  signal: AbortSignal;
}

async function readFromGitHub(
  settings: Settings,
  repository: RepositoryId,
  { trackers, progress, signal }: Reading,
): Promise<TrackerSyncReport["skipped"]> {
  // The GitHub libraries take longer to load than an export takes to read.
  const { openGitHub } = await import("./github-client.ts");
  const { octokit } = await openGitHub(settings, repository);
  keepPace(octokit, {
    signal,
    onWait: (until) => progress.wait(until, "the rest of this hour's requests is for others"),
  });
  return readWholeTracker(trackers, repositoryKey(repository), createGitHubTrackerSource(octokit, repository), {
    signal,
    onRead: (soFar) => progress.read(soFar),
    onWait: (until, why) => progress.wait(until, why),
  });
}

async function readExport(
  file: string,
  key: string,
  { trackers, progress, signal }: Reading,
): Promise<TrackerSyncReport["skipped"]> {
  const known = trackers.open(key);
  if (known && cameFromGitHub(known)) {
    throw new AssistantError(`the issues of ${key} were read from GitHub already`, {
      code: "tracker-from-github",
      remedy: "Ask the export itself, without keeping it: assistant triage --tracker FILE.",
    });
  }
  await readWholeTracker(trackers, key, createExportSource(file), {
    signal,
    onRead: (soFar) => progress.read(soFar),
    onWait: (until, why) => progress.wait(until, why),
  });
  // An export has no links and no review comments, and nobody expects them.
  return [];
}

/** What the issues mean, where an encoder is installed: computed once, kept, and only for what is new the next time. */
async function computeMeanings(
  tracker: Tracker,
  key: string,
  { services, progress, signal }: Omit<Reading, "trackers"> & { services: LocalServices },
): Promise<void> {
  const { encoders, trackers } = services.past;
  const { encoder = null } = (await encoders?.encoder()) ?? {};
  if (encoder === null) return;
  const onProgress = (done: number, total: number): void => progress.meanings(done, total);
  await embedIssues(tracker, trackers.vectors(key), encoder, { signal, onProgress });
}

/** An export says of nobody who they are, and has no pull requests. */
function cameFromGitHub(tracker: Tracker): boolean {
  for (const { pull, author } of tracker.issues()) if (pull || author.association !== "UNKNOWN") return true;
  return false;
}

function report(name: string, tracker: Tracker | null, skipped: TrackerSyncReport["skipped"], json: boolean): void {
  const known = countsOf(tracker);
  if (json) process.stdout.write(`${JSON.stringify({ repository: name, known, skipped })}\n`);
  else {
    const { issues, pulls, comments, reviewComments, links } = known;
    const counted = [
      count(issues, "issue"),
      count(pulls, "pull request"),
      count(comments, "comment"),
      count(reviewComments, "review comment"),
      count(links, "link"),
    ];
    process.stdout.write(`${name}: ${counted.join(", ")} between issues and changes\n`);
  }
  for (const { kind, reason, remedy } of skipped) process.stderr.write(`not read: ${kind}. ${reason}. ${remedy}\n`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function countsOf(tracker: Tracker | null) {
  const counts = { issues: 0, pulls: 0, comments: 0, reviewComments: 0, links: 0 };
  if (tracker === null) return counts;
  for (const { number, pull } of tracker.issues()) {
    counts[pull ? "pulls" : "issues"]++;
    counts.comments += tracker.comments(number).length;
    counts.links += tracker.links(number).length;
  }
  counts.reviewComments = Array.from(tracker.reviewComments()).length;
  return counts;
}
