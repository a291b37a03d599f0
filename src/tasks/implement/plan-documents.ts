import type { ImplementPlace, PhaseDocument } from "../../publish/implement-outcome.ts";
import { type Evidence, formatCitation } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import { docSentence } from "../ask/doc-comment.ts";
import { code, linesOf, listed, quote } from "../ask/inline.ts";
import { type Passage, placeOfPassage } from "../ask/passage.ts";
import { expectedPoints } from "../review/compliance/expected-points.ts";
import type { PlanMaterial } from "./gather-material.ts";
import type { ImplementInput, ImplementRequest } from "./input.ts";
import { type PlannedPlace, unplanned } from "./plan-places.ts";

/** Sentences of a model that were checked, and who wrote them. */
export interface Worded {
  sentences: string[];
  writtenBy: string | null;
}

const unworded: Worded = { sentences: [], writtenBy: null };

/** What is asked for: the points that the request lists, else its sentences that say what shall be. */
export function requirements(request: ImplementRequest, words: Worded = unworded): PhaseDocument {
  const points = pointsOf(request);
  const listedPoints = points.map((point) => `- ${quote(point, limits.statementCharacters)}`);
  const { title, argument, follows } = request;
  const hint = argument.includes(title) || argument === "" ? [] : [`With the command: ${quote(argument)}`];
  const onPull = follows === null ? [] : [`On the pull request: ${quote(follows)}`];
  const none =
    points.length === 0 && request.task === "implement" && follows === null
      ? ["The request lists no points; its title says what is wanted."]
      : [];
  return document("requirements", words, [
    `Asked for: ${quote(title)}`,
    ...hint,
    ...onPull,
    ...none,
    listedPoints.join("\n"),
  ]);
}

/** Title and words of a request, no line of them twice: what stands behind a command may be its title. */
export function wordsOf({ title, argument, body, follows }: ImplementRequest): string[] {
  const parts = [argument.includes(title) ? "" : title, argument, argument.includes(body) ? "" : body];
  return [...parts, follows === null || follows === title ? "" : `On the pull request: ${follows}`].filter(Boolean);
}

/** The points of a request, as it words them. */
export function pointsOf({ body }: Pick<ImplementRequest, "body">): string[] {
  const points = expectedPoints(body);
  if (points.length > 0) return points.slice(0, limits.planPoints);
  const prose = body.replace(/```[\s\S]*?(?:```|$)/g, "").replace(/<!--[\s\S]*?(?:-->|$)/g, "");
  const sentences = prose.split(/(?<=[.!?])\s+|\n{2,}|\n(?=\s*[-*])/).map((one) => one.replace(/\s+/g, " ").trim());
  const wanted = sentences.filter(
    (one) => one.length > 15 && /\b(?:should|must|shall|needs? to|has to|instead|expect|want|would like)\b/i.test(one),
  );
  return wanted.slice(0, limits.planPoints);
}

/** How it is, by the documents and the code, and what holds afterwards. */
export function specification(
  planned: readonly PlannedPlace[],
  material: PlanMaterial,
  { view, request }: ImplementInput,
  words: Worded = unworded,
): PhaseDocument {
  const said = [
    ...material.specifications.map((passage) => `- ${sourceOf(passage)}: ${gist(passage.text)}`),
    ...material.documents.map((found) => `- ${placeOf(found)}: ${gist(found.text)}`),
  ];
  const now = planned.map(({ place }) => {
    const about = docSentence(linesOf(view.text(place.path) ?? "", place.startLine, place.endLine));
    return `- ${placeText(place)}${about === null ? "" : `: ${quote(about)}`}`;
  });
  const same = request.task === "refactor" ? ["What the code does stays the same."] : [];
  return document("specification", words, [
    said.length === 0 ? "No document speaks of it." : `What the documents say:\n\n${said.join("\n")}`,
    now.length === 0 ? "" : `How it is now:\n\n${now.join("\n")}`,
    ...same,
    "Afterwards every point of the requirements holds, and what is not named stays as it is.",
  ]);
}

/** Where and how it is done, what else was seen, and by what it is checked. */
export function design(
  places: readonly ImplementPlace[],
  planned: readonly PlannedPlace[],
  material: PlanMaterial,
  { settings, tree, request }: ImplementInput,
  words: Worded = unworded,
): PhaseDocument {
  const testPaths = material.tests.map(({ citation }) => (citation.kind === "code" ? citation.path : ""));
  const others = unplanned(places, planned).filter(({ path }) => !testPaths.includes(path));
  const changes = planned.map(({ place, optional }) => {
    const rest = optional ? " (left as it is where nothing fits there)" : "";
    return `${placeText(place)}: ${place.reason}${rest}`;
  });
  const change =
    changes.length === 0
      ? "No place was found."
      : changes.length === 1
        ? `To be changed: ${changes[0]}`
        : `To be changed:\n\n${changes.map((one) => `- ${one}`).join("\n")}`;
  const further = others.map((place) => `- ${placeText(place)}: ${place.reason}`);
  const alike = material.similar.map((found) => `- as in ${placeOf(found)} (${found.why})`);
  const tests = material.tests.slice(0, 2).map(placeOf);
  const commands = settings.commands.map(({ run }) => code(Array.isArray(run) ? run.join(" ") : run));
  const checks =
    commands.length === 0
      ? "No command of the repository is configured to check it: it is parsed, and no more."
      : tree.sandbox.description === null
        ? `It cannot be checked by ${listed(commands)}: ${tree.sandbox.reason}`
        : `It must pass ${listed(commands)} in a sandbox (${tree.sandbox.description}).`;
  const wantsTests = request.task === "implement" || request.task === "test" || request.task === "plan";
  return document("design", words, [
    change,
    further.length === 0 ? "" : `Other places that it may concern:\n\n${further.join("\n")}`,
    alike.length > 0 || request.task === "refactor" ? "" : "No similar code was found here.",
    alike.length === 0 ? "" : `Alternatives to go by:\n\n${alike.join("\n")}`,
    !wantsTests
      ? ""
      : tests.length === 0
        ? "No test was found that goes with it."
        : `Tests that go with it: ${listed(tests)}`,
    checks,
    "Workflows, lock files, manifests and the settings of tools are not touched.",
  ]);
}

function document(
  phase: PhaseDocument["phase"],
  { sentences, writtenBy }: Worded,
  parts: readonly string[],
): PhaseDocument {
  const own = sentences.length === 0 ? [] : [sentences.join(" ")];
  return { phase, markdown: `${[...own, ...parts.filter((part) => part !== "")].join("\n\n")}\n`, writtenBy };
}

/** What a passage says, without the headings above it; of an earlier plan what was asked for, and not what that one quoted. */
function gist(text: string): string {
  const [own = ""] = text.split(/^(?:What the documents say|How it is now):$/m);
  const said = own.split("\n").filter((line) => !/^\s*#{1,6}\s/.test(line));
  return quote(said.join("\n").trim() || text, gistCharacters);
}

const gistCharacters = 300;

/** An earlier plan of this repository by its pull request, any other document by its place. */
function sourceOf(passage: Passage): string {
  const [, pull] = /^pull-(\d+)-/.exec(passage.document) ?? [];
  return pull === undefined ? code(placeOfPassage(passage)) : `the plan of pull request ${pull}`;
}

function placeText({ path, startLine, endLine, symbol }: ImplementPlace): string {
  const lines = startLine === endLine ? `:${startLine}` : `:${startLine}-${endLine}`;
  return `${code(`${path}${lines}`)}${symbol === null ? "" : ` ${code(symbol)}`}`;
}

function placeOf({ citation }: Evidence): string {
  if (citation.kind !== "code") return code(formatCitation(citation));
  const { path, startLine, endLine } = citation;
  return code(startLine === endLine ? `${path}:${startLine}` : `${path}:${startLine}-${endLine}`);
}
