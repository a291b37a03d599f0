import { whyProtected } from "../../edits/check-path.ts";
import { unifiedDiff } from "../../edits/unified-diff.ts";
import type {
  ImplementOutcome,
  ImplementPlace,
  ImplementTask,
  ImplementVerdict,
  Phase,
} from "../../publish/implement-outcome.ts";
import { code, listed } from "../ask/inline.ts";
import { contentStems } from "../ask/content-words.ts";
import { choosePlace } from "./choose-place.ts";
import { codeFirst, findPlaces } from "./find-places.ts";
import { gatherMaterial, type PlanMaterial } from "./gather-material.ts";
import type { ImplementInput, ImplementRequest } from "./input.ts";
import { design, requirements, specification } from "./plan-documents.ts";
import { planParts } from "./plan-parts.ts";
import { type PlannedPlace, planPlaces, unplanned } from "./plan-places.ts";
import { readRefactoring, type Refactoring } from "./refactoring.ts";
import { type Attempts, runRounds } from "./rounds.ts";
import { newUsage, reportOf, type Usage } from "./usage.ts";
import { wordPhase } from "./word-phase.ts";
import { writtenDocuments } from "./written-documents.ts";

/** A run so far: whenever it ends, its outcome can be told. */
interface Run {
  input: ImplementInput;
  signal: AbortSignal;
  usage: Usage;
  documents: ImplementOutcome["documents"];
  places: ImplementPlace[];
  /** Those that are edited. */
  planned: PlannedPlace[];
  evidence: ImplementOutcome["evidence"];
  attempts: Attempts;
  /** What is going on, for who stops it. */
  step: Phase;
}

/**
 * From a request to a change that was checked: requirements, specification and design from what the repository, its documents
 * and its past say; then code, tests and documentation by the coding model, applied, parsed and run through the repository's
 * commands, at most three times. Nothing is written anywhere. It says what is in the way instead of throwing, and ends at
 * once with the verdict `stopped` when the signal is aborted.
 */
export async function implementChange(input: ImplementInput, signal: AbortSignal): Promise<ImplementOutcome> {
  const attempts: Attempts = { rounds: [], files: [], notes: [] };
  const run: Run = {
    input,
    signal,
    usage: newUsage(),
    documents: [],
    places: [],
    planned: [],
    evidence: [],
    attempts,
    step: "requirements",
  };
  try {
    const { verdict, reason } = await work(run);
    return outcomeOf(run, verdict, reason);
  } catch (error) {
    if (!signal.aborted) throw error;
    const { rounds } = run.attempts;
    const after = rounds.length === 0 ? "" : ` after ${rounds.length} ${rounds.length === 1 ? "round" : "rounds"}`;
    const left =
      run.attempts.files.length === 0 ? "Nothing was changed." : "What was written so far is kept as a patch.";
    return outcomeOf(run, "stopped", `It was stopped during the ${run.step}${after}. ${left}`);
  }
}

interface Ended {
  verdict: ImplementVerdict;
  reason: string;
}

async function work(run: Run): Promise<Ended> {
  const { input, signal, usage } = run;
  const { request } = input;
  begin(run, "requirements");
  const refactoring =
    request.task === "refactor" ? readRefactoring(`${request.argument} ${request.title} ${request.body}`) : null;
  const found = await findPlaces(input, refactoring);
  signal.throwIfAborted();
  const question = questionOf(found.places, found.guesses, refactoring, input);
  run.places = question === null ? await chosen(found.places, found.named, run) : found.places;
  run.documents.push(requirements(request, question === null ? await words("requirements", run, null) : undefined));
  end(run);
  if (question !== null) return { verdict: "question", reason: question };

  const planned = await planPlaces(run.places, found.named, input, usage, signal);
  const { protect } = input.settings;
  run.planned = planned.filter(({ place }) => whyProtected(place.path, protect) === null);
  const forbidden = planned.flatMap(({ place }) => whyProtected(place.path, protect) ?? []);
  if (run.planned[0] !== planned[0]) return { verdict: "refused", reason: `${forbidden[0]} Change it by hand.` };
  run.attempts.notes.push(...forbidden);
  run.places = [...run.planned.map(({ place }) => place), ...unplanned(run.places, run.planned)];
  const material = await plan(run);
  if (request.planOnly || request.task === "plan") {
    return { verdict: "planned", reason: "The plan is all that was asked for; no code was written." };
  }
  begin(run, request.task === "document" ? "documentation" : request.task === "test" ? "tests" : "implementation");
  const parts = await planParts(run.planned, material, refactoring, input);
  if ("refused" in parts) return { verdict: "refused", reason: parts.refused };
  const missing = await whatIsMissing(parts.parts.length > 0, input);
  if (missing !== null) return { verdict: "refused", reason: missing };
  run.attempts.notes.push(...parts.notes);
  const { model } = parts.parts.length === 0 ? { model: null } : await input.models.modelFor("coding");
  const result = await runRounds({ ...parts, model, input, usage, attempts: run.attempts }, signal);
  const written = writtenDocuments(request.task, parts.parts, run.attempts, result, usage.name);
  for (const { document, wrote } of written) {
    run.documents.push(document);
    if (!wrote) continue;
    if (run.step !== document.phase) begin(run, document.phase);
    end(run, result.verdict === "failed" ? "failed" : "done");
  }
  return result;
}

/** Specification and design. */
async function plan(run: Run): Promise<PlanMaterial> {
  const { input, signal } = run;
  begin(run, "specification");
  const material = await gatherMaterial(run.places, input, signal);
  run.evidence.push(...material.documents, ...material.similar, ...material.tests.slice(0, 2));
  run.documents.push(specification(run.planned, material, input, await words("specification", run, material)));
  end(run);
  begin(run, "design");
  run.documents.push(design(run.places, run.planned, material, input, await words("design", run, material)));
  end(run);
  return material;
}

function words(phase: "requirements" | "specification" | "design", run: Run, material: PlanMaterial | null) {
  const none: PlanMaterial = { specifications: [], documents: [], similar: [], tests: [] };
  return wordPhase(phase, run.places, material ?? none, run.input, run.usage, run.signal);
}

function chosen(places: readonly ImplementPlace[], named: boolean, run: Run): Promise<ImplementPlace[]> {
  const { task } = run.input.request;
  const ordered = task === "document" || named ? [...places] : codeFirst(places);
  return named ? Promise.resolve(ordered) : choosePlace(ordered, run.input, run.usage, run.signal);
}

/** Words of a request below which nobody could know what is meant. */
const fewestWords = 2;

/** The one question back where the request has no clear target; null where it has. */
function questionOf(
  places: readonly ImplementPlace[],
  guesses: readonly string[],
  refactoring: Refactoring | null,
  { request }: ImplementInput,
): string | null {
  const near = guesses.length === 0 ? "" : ` The nearest that was found: ${listed(guesses.map(code))}.`;
  if (request.follows === request.title && (request.task === "implement" || request.task === "plan")) {
    return "What shall be different in this pull request?";
  }
  if (request.task === "refactor" && refactoring === null) {
    return "Which refactoring is wanted: `rename OLD to NEW`, `extract`, `simplify`, or `remove dead code`?";
  }
  if (refactoring?.kind === "rename" && places.length > 0) return null;
  const said = contentStems(`${request.title} ${request.body} ${request.argument}`).size;
  if (places.length > 0 && said >= fewestWords) return null;
  if (request.task === "implement" || request.task === "plan") {
    return said < fewestWords
      ? "What shall be changed? Say in a sentence what shall be different, and name the file or function if you know it."
      : `Which file or function is this about? Nothing in the repository has enough to do with it.${near}`;
  }
  return `Which file, lines or function is meant? Name them behind the command, such as \`src/a.ts:10-20\` or \`src/a.ts:load\`.${near}`;
}

/** What keeps code from being written; null where nothing does. Code of a model is only kept where it was checked. */
async function whatIsMissing(needsModel: boolean, { models, settings, tree }: ImplementInput): Promise<string | null> {
  const { reason } = needsModel ? await models.modelFor("coding") : { reason: null };
  if (reason !== null) return `There is no model to write it: ${reason}. The plan and the places are what there is.`;
  if (settings.commands.length === 0 || tree.sandbox.description !== null) return null;
  return `There is no sandbox to check it in: ${tree.sandbox.reason.replace(/[.\s]+$/, "")}. Nothing is written that was not checked.`;
}

function begin(run: Run, phase: Phase): void {
  run.signal.throwIfAborted();
  run.step = phase;
  run.input.onProgress?.({ kind: "phase", phase, state: "begun" });
}

function end(run: Run, state: "done" | "failed" = "done"): void {
  run.input.onProgress?.({ kind: "phase", phase: run.step, state });
}

function outcomeOf(run: Run, verdict: ImplementVerdict, reason: string): ImplementOutcome {
  const { request, settings, tree } = run.input;
  const { files, rounds, notes } = run.attempts;
  const checked = rounds.some(({ commands }) => commands.length > 0);
  const wrote = files.length > 0;
  const unverified = [
    ...notes,
    ...(wrote && settings.commands.length === 0
      ? ["No command of the repository is configured: nothing was run."]
      : []),
    ...(wrote && verdict === "passed"
      ? ["Whether it does what was asked for: the commands passed, and nobody has read it."]
      : []),
  ];
  return {
    kind: "implement",
    task: request.task,
    number: request.number,
    base: tree.commit,
    title: titleOf(request, run.places),
    verdict,
    reason,
    documents: run.documents,
    places: run.places,
    evidence: run.evidence,
    files,
    patch: unifiedDiff(files),
    rounds,
    unverified: [...new Set(unverified)],
    sandbox: checked ? tree.sandbox.description : null,
    model: reportOf(run.usage),
  };
}

const titleCharacters = 72;

function titleOf(request: ImplementRequest, [first]: readonly ImplementPlace[]): string {
  const where = first === undefined ? "" : (first.symbol ?? first.path);
  const refactoring = readRefactoring(`${request.argument} ${request.title} ${request.body}`);
  const refactored = { extract: "Extract a function from", simplify: "Simplify", remove: "Remove dead code:" } as const;
  const own: Partial<Record<ImplementTask, string>> = {
    test: `Add tests for ${where}`,
    document: `Document ${where}`,
    refactor:
      refactoring?.kind === "rename"
        ? `Rename ${refactoring.from} to ${refactoring.to}`
        : `${refactoring === null ? "Refactor" : refactored[refactoring.kind]} ${where}`,
  };
  const line = ((where === "" ? null : own[request.task]) ?? request.title).replace(/\s+/g, " ").trim();
  return line.length <= titleCharacters ? line : `${line.slice(0, titleCharacters - 1).replace(/[\s:,;.]+\S*$/, "")}…`;
}
