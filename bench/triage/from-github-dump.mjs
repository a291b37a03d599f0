/**
 * Makes an exported tracker of a folder with GitHub's own answers, one file each (`000012-main.json`, `000012-comments.json`),
 * such as the archive of Rust's first issues (github.com/brson/rust-issue-archive, folder `items`):
 *
 *     node bench/triage/from-github-dump.mjs FOLDER > rust.jsonl
 *
 * Pull requests are left out. Duplicates are what somebody of the project (owner, member, collaborator, contributor) named in
 * a comment on a closed issue: "Duplicate of #12", "dupe of #12", "closing in favor of #12".
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write("usage: node from-github-dump.mjs FOLDER > TRACKER.jsonl\n");
  process.exit(2);
}
const trusted = new Set(["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"]);
const named = /\b(?:dup(?:e|licate)? of|clos\w+ (?:in|as) (?:favou?r of|a dup(?:e|licate) of)) #(\d{1,6})\b/i;

for (const file of readdirSync(folder).toSorted()) {
  if (!file.endsWith("-main.json")) continue;
  const issue = read(file);
  // One that was moved answers as the issue that it became.
  if (issue.pull_request || issue.number !== Number.parseInt(file, 10)) continue;
  const comments = read(file.replace("-main", "-comments")) ?? [];
  const targets = comments
    .filter(({ author_association: association }) => issue.state === "closed" && trusted.has(association))
    .map(({ body }) => Number(named.exec((body ?? "").slice(0, 2_000))?.[1]))
    .filter((target) => target > 0 && target !== issue.number);
  const line = {
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    labels: issue.labels.map(({ name }) => name),
    createdAt: issue.created_at,
    closedAt: issue.closed_at,
    author: issue.user?.login ?? null,
    comments: comments.map(({ user, body, created_at: createdAt }) => ({
      author: user?.login ?? null,
      body,
      createdAt,
    })),
    duplicates: [...new Set(targets)],
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(join(folder, file), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
