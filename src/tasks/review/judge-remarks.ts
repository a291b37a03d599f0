import type {
  GenerateRequest,
  GenerateResult,
  Model,
  ModelIdentity,
  ModelProvider,
  Priority,
} from "../../model/model.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { type Evidence, formatCitation } from "../../retrieval/evidence.ts";
import { messageOf } from "../../shared/errors.ts";
import { type AskedTile, type CheckedRemark, probabilityOfProblem } from "./ask-tile.ts";
import { askCounted } from "./ask-counted.ts";
import { confirmRemark, type Decide } from "./confirm-remark.ts";
import type { QuotedLines } from "./find-quote.ts";
import type { Draft } from "./findings.ts";
import { modelFinding } from "./model-finding.ts";
import { type SuggestionTools, whyNotSuggested } from "./suggestion.ts";
import type { Tile } from "./tiles.ts";

/** What judging a model's remarks takes beside the model. */
export interface JudgeTools extends SuggestionTools {
  decide: Decide;
  /** Those of the evidence that git bears out. */
  keepResolving: (evidence: Evidence[]) => Promise<Evidence[]>;
}

interface JudgeOptions {
  model: Model;
  models: ModelProvider;
  report: ModelReport;
  head: string;
  findings: Finding[];
  tools: JudgeTools;
  priority: Priority;
  signal?: AbortSignal | undefined;
  /** Ends what runs at the deadline. */
  until: AbortSignal | undefined;
  hasTime: () => boolean;
}

/**
 * What of a model's remarks on one tile may be said: its quote stands there once, its names stand in what it was shown, the model
 * has qualified and is sure enough, a second look bears it out, and git its citations. The first check that fails is the
 * reason why a remark is kept back; the cheap ones come first.
 */
export async function judgeRemarks(
  tile: Tile,
  asked: AskedTile,
  options: JudgeOptions,
): Promise<{ findings: Draft[]; withheld: Withheld[] }> {
  const findings: Draft[] = [];
  const withheld: Withheld[] = [];
  let unsure: Promise<string | null> | undefined;
  for (const checked of asked.remarks) {
    const { remark, lines } = checked;
    const about = `${tile.path}:${lines?.startLine ?? tile.lines.find(({ newLine }) => newLine !== null)?.newLine}`;
    const text = `${remark.claim} ${remark.scenario}`.trim();
    const judged = await judge(tile, asked, checked, () => (unsure ??= whyUnsure(asked, options)), options).catch(
      (error: unknown) => {
        options.signal?.throwIfAborted();
        return options.hasTime()
          ? `the model gave no usable answer: ${messageOf(error)}`
          : "no time was left for a second look";
      },
    );
    if (typeof judged === "string") withheld.push({ about, text, reason: judged });
    else {
      findings.push(judged.draft);
      if (judged.leftOut !== null)
        withheld.push({ about, text: remark.replacement, reason: `its replacement is left out: ${judged.leftOut}` });
    }
  }
  return { findings, withheld };
}

/** @returns why it is kept back, or the finding and why it has no replacement */
async function judge(
  tile: Tile,
  asked: AskedTile,
  { remark, lines, reason }: CheckedRemark,
  unsure: () => Promise<string | null>,
  options: JudgeOptions,
): Promise<string | { draft: Draft; leftOut: string | null }> {
  const { model, models, tools, until } = options;
  if (reason !== null || lines === null) return reason ?? "it stands nowhere";
  const review = models.qualified(asked.model, "review");
  if (!review.allowed) return review.reason;
  const confirm = models.qualified(asked.model, "confirm");
  if (!confirm.allowed) return `to confirm what it says, ${confirm.reason}`;
  const evidence = asked.prompt.evidence.get(remark.evidence) ?? null;
  if (isSaid(tile.path, lines, evidence, options.findings)) return "code says it already";
  const notSure = await unsure();
  if (notSure !== null) return notSure;

  const second = await confirmRemark(
    { tile, remark, lines, evidence },
    { model, decide: tools.decide, threshold: confirm.threshold ?? null, generate: counted(options), signal: until },
  );
  if (!second.confirmed) return second.reason;
  if (!isSame(second.model, asked.model)) return "another model answered when it was asked again";
  const wanted = remark.replacement.replace(/\n$/, "");
  const leftOut = wanted.trim() === "" ? null : await whyNotSuggested(tile.path, lines, wanted, tools);
  const replacement = wanted.trim() === "" || leftOut !== null ? null : wanted;
  const textOf = (line: number): string | null => tile.lines.find(({ newLine }) => newLine === line)?.text ?? null;
  const found = { path: tile.path, remark, lines, evidence, second, replacement, model: asked.model };
  const draft = modelFinding(found, options, textOf);
  const cited = await tools.keepResolving(draft.evidence);
  if (draft.evidence.some((one) => one.kind === "quoted" && !cited.includes(one)))
    return "what it quotes is not in git";
  return { draft: { ...draft, evidence: cited }, leftOut };
}

/** Whether it repeats, with its very evidence, what code found on the same lines. */
function isSaid(
  path: string,
  { startLine, endLine }: QuotedLines,
  evidence: Evidence | null,
  findings: readonly Finding[],
): boolean {
  if (evidence === null) return false;
  const own = findings.filter(
    ({ anchor }) => anchor?.path === path && anchor.startLine <= endLine && anchor.endLine >= startLine,
  );
  return own.some((finding) => finding.evidence.some((known) => sourceOf(known) === sourceOf(evidence)));
}

/** Of a place its path alone: what stands in a prompt may be cut. */
function sourceOf({ citation }: Evidence): string {
  return citation.kind === "code" ? citation.path : formatCitation(citation);
}

/** Why the model is not sure enough that there is any problem, by what it was measured with; null where it is. */
async function whyUnsure(
  { model: author, prompt, beforeVerdict }: AskedTile,
  { model, models, until }: JudgeOptions,
): Promise<string | null> {
  const { threshold = null } = models.qualified(author, "review");
  if (threshold === null || beforeVerdict === null) return null;
  const probability = await probabilityOfProblem(model, prompt.messages, beforeVerdict, until);
  return probability === null || probability >= threshold ? null : "the model is less sure of it than it must be";
}

function counted({ model, report, priority, until }: JudgeOptions) {
  return <T>(request: GenerateRequest<T>): Promise<GenerateResult<T>> =>
    askCounted(model, report, { ...request, priority, signal: until });
}

function isSame(one: ModelIdentity, other: ModelIdentity): boolean {
  return one.name === other.name && one.sha256 === other.sha256 && one.backend === other.backend;
}
