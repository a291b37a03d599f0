import { Command } from "commander";
import { z } from "zod";
import { layChangeOver } from "../engram/lay-change-over.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { keepResolving, resolveCitation } from "../retrieval/citation.ts";
import { type Citation, type Evidence, formatCitation } from "../retrieval/evidence.ts";
import type { Past } from "../retrieval/past.ts";
import { gitText } from "../shared/git.ts";
import { type Gathered, gatherEvidence } from "../tasks/review/gather-evidence.ts";
import { findDefaultBranch, resolveCommit } from "../workspace/local-clone.ts";
import { findMergeBase, readChange } from "../workspace/read-change.ts";
import {
  type Answer,
  checkOneQuestion,
  evidenceOptions,
  giveAnswers,
  renderContributions,
  renderText,
} from "./evidence-options.ts";
import { type OpenRepository, withRepository } from "./open-evidence.ts";
import { citationsOfNumber, parseCitation } from "./parse-citation.ts";

interface ExplainOptions {
  repo: string;
  at?: string;
  base?: string;
  head?: string;
  batch?: string;
  json?: boolean;
  verbose?: boolean;
}

export function explainEvidenceCommand(): Command {
  const command = new Command("explain-evidence")
    .description("show everything that is found about a change, or what a citation points to")
    .argument("[citation]", "src/a.ts#L10-L24@1a2b3c4, a commit's id, #12 or #12:345; else a change is looked at")
    .option("--base <ref>", "compare with its merge base with this (default: the default branch)")
    .option("--head <ref>", "the change's last commit (default: --at, or HEAD)");
  return evidenceOptions(command, '{"citation": …} or {"base": …, "head": …}', null)
    .option("-v, --verbose", "print the texts that are cited")
    .addHelpText(
      "after",
      `
Examples:
  assistant explain-evidence --base HEAD~1            all evidence on the last commit
  assistant explain-evidence 'src/orders.ts#L4-L9@1a2b3c4d5e6f'

Every piece comes with its kind, citation, score (comparable within one kind), what speaks for it, the share of each list
that it was fused from, and whether its citation resolves: git, or what is known of GitHub, says the quoted text there.
Exit code: 0 found, 1 nothing, or the citation does not resolve (--batch: a line was wrong), 2 usage or environment,
3 internal error.`,
    )
    .action(explain);
}

async function explain(citation: string | undefined, options: ExplainOptions): Promise<void> {
  const change = citation === undefined && options.batch === undefined ? 1 : 0;
  const remedy = "Give a citation, or --base and --head of a change, or --batch FILE.";
  checkOneQuestion(change + (citation === undefined ? 0 : 1), options.batch, remedy);
  await withRepository(options.repo, (repository) =>
    giveAnswers(
      options,
      () =>
        citation === undefined
          ? explainChange(repository, options)
          : explainCitation(repository, citation, options.at, options),
      (value) => {
        const line = lineSchema.parse(value);
        if ("citation" in line) return explainCitation(repository, line.citation, options.at, options);
        return explainChange(repository, { ...options, ...line });
      },
    ),
  );
}

const lineSchema = z.union([
  z.strictObject({ citation: z.string() }),
  z.strictObject({ base: z.string().optional(), head: z.string().optional() }),
]);

async function explainChange(repository: OpenRepository, options: ExplainOptions): Promise<Answer> {
  const { workspace, signal } = repository;
  const { gitDir } = workspace;
  const head = await resolveCommit(gitDir, options.head ?? options.at ?? "HEAD");
  const target = await resolveCommit(gitDir, options.base ?? (await findDefaultBranch(gitDir)));
  const base = await findMergeBase(gitDir, target, head);
  const change = await readChange(gitDir, base, head, signal);
  const opened = await repository.open(base);
  const past = await opened.past();
  const view = await layChangeOver(opened.view, change, gitDir);
  const units = await opened.units();
  const input = { subject: null, change, view, past, units, others: [], engramCommit: base, workspace, signal };
  const gathered = await gatherEvidence(input);
  const resolved = await resolving(gitDir, everyPiece(gathered), past, signal);
  const found = everyPiece(gathered).length > 0;
  return {
    found,
    json: asJson(gathered, { base, head }, resolved),
    text: found ? render(gathered, resolved, options.verbose ?? false) : "nothing was found\n",
  };
}

function everyPiece({ findings, sheet }: Gathered): Evidence[] {
  return [...findings.flatMap(({ evidence }) => evidence), ...sheet];
}

async function resolving(
  gitDir: string,
  evidence: Evidence[],
  { tracker, pulls }: Past,
  signal: AbortSignal,
): Promise<Set<Evidence>> {
  return new Set(await keepResolving(gitDir, evidence, { tracker, pulls, signal }));
}

function asJson(
  { findings, sheet, withheld }: Gathered,
  commits: { base: string; head: string },
  resolved: ReadonlySet<Evidence>,
): object {
  const piece = (one: Evidence): object => ({
    ...one,
    cite: formatCitation(one.citation),
    resolves: resolved.has(one),
  });
  return {
    ...commits,
    findings: findings.map(({ id, kind, title, evidence }) => ({ id, kind, title, evidence: evidence.map(piece) })),
    related: sheet.map(piece),
    withheld,
  };
}

function render({ findings, sheet, withheld }: Gathered, resolved: ReadonlySet<Evidence>, verbose: boolean): string {
  const piece = (one: Evidence): string =>
    `  ${one.kind}  ${oneLine(formatCitation(one.citation))}${titleOf(one)}  ${one.score.toFixed(2)}  ` +
    `${resolved.has(one) ? "resolves" : "does not resolve"}\n    ${oneLine(one.why)}\n` +
    renderContributions(one.contributions ?? []) +
    (verbose && titleOf(one) === "" ? `${renderText(one)}\n` : "");
  const blocks = findings.map(({ title, evidence }) => `${oneLine(title)}\n${evidence.map(piece).join("")}`);
  if (sheet.length > 0) blocks.push(`related\n${sheet.map(piece).join("")}`);
  for (const { about, reason } of withheld) blocks.push(`not searched: ${oneLine(about)} (${oneLine(reason)})\n`);
  return blocks.join("");
}

/** Ids and numbers say nothing to a reader. */
function titleOf({ citation, text }: Evidence): string {
  return citation.kind === "code" || citation.kind === "comment" ? "" : `  ${oneLine(text)}`;
}

async function explainCitation(
  repository: OpenRepository,
  written: string,
  at: string | undefined,
  { verbose }: ExplainOptions,
): Promise<Answer> {
  const asked = parseCitation(written);
  const { gitDir } = repository.workspace;
  const from = await resolveCommit(gitDir, at ?? "HEAD");
  const answer = (citation: Citation | null, text: string | null): Answer => ({
    found: text !== null,
    json: { at: from, cite: written, citation, resolves: text !== null, text },
    text:
      text === null ? `${oneLine(written)} does not resolve\n` : `${printable(text)}\n${verbose ? "resolves\n" : ""}`,
  });
  if (asked.kind === "number") {
    const past = await (await repository.open(from)).past();
    for (const citation of citationsOfNumber(asked, past)) {
      const text = await resolveCitation(gitDir, citation, past);
      if (text !== null) return answer(citation, text);
    }
    return answer(null, null);
  }
  const commit = asked.commit ?? from;
  if (at !== undefined && !(await isInPast(gitDir, commit, from))) return answer(null, null);
  const citation: Citation = asked.kind === "code" ? { ...asked, commit } : { kind: "commit", commit, subject: "" };
  const text = await resolveCitation(gitDir, citation);
  return answer(citation.kind === "commit" && text !== null ? { ...citation, subject: text } : citation, text);
}

/** An unknown commit is in nobody's past. */
async function isInPast(gitDir: string, commit: string, at: string): Promise<boolean> {
  const okCodes = [0, 1, 128];
  const base = await gitText(gitDir, ["merge-base", "--end-of-options", commit, at], { okCodes });
  return (
    base !== "" &&
    base ===
      (await gitText(gitDir, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`], {
        okCodes,
      }))
  );
}
