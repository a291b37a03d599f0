import type { Model } from "../model/model.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { checkSentence } from "../tasks/check-sentence.ts";
import { remarkSchema } from "../tasks/review/answer.ts";
import { tilePrompt } from "../tasks/review/prompt.ts";
import type { Tile } from "../tasks/review/tiles.ts";
import type { CaseAnswer, CaseOf } from "./answer.ts";

/** How the two answers begin, so that their likelihoods can be compared. */
const beginnings = ['{"verdict":"problem"', '{"verdict":"no problem"'];
/** As in src/tasks/review/read-tiles.ts. */
const answerTokens = 160;

/**
 * Lets the model read one change as a review does. It speaks where it says "problem" in a sentence that passes the checks;
 * it is right where there is a defect and the remark stands on one of its lines.
 */
export async function askReview(model: Model, given: CaseOf<"review">, signal?: AbortSignal): Promise<CaseAnswer> {
  const prompt = tilePrompt(tileOf(given), given.evidence.map(evidenceOf));
  const schema = remarkSchema([...prompt.lines.keys()], [...prompt.evidence.keys()]);
  const answer = await model.generate({ messages: prompt.messages, schema, maxTokens: answerTokens, signal });
  const remark = answer.value;
  const probability = await probabilityOfProblem(model, prompt.messages, signal);
  if (remark === undefined || remark.verdict === "no problem") {
    return { case: given, answered: true, said: false, right: false, probability, text: "no problem" };
  }
  const material = prompt.messages.map(({ content }) => content).join("\n");
  const refused = checkSentence(remark.remark, material);
  if (refused !== null) return { case: given, answered: true, said: false, right: false, probability, text: refused };
  const rightLines = given.right.map((index) => `L${index + 1}`);
  const text = `${remark.line}: ${remark.remark}`;
  return { case: given, answered: true, said: true, right: rightLines.includes(remark.line), probability, text };
}

/** The change as a review cuts it out of a diff. */
export function tileOf({ path, change }: CaseOf<"review">): Tile {
  let oldLine = 1;
  let newLine = 1;
  const lines = change.map((line) => {
    const kind = line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : " ";
    return {
      kind,
      oldLine: kind === "+" ? null : oldLine++,
      newLine: kind === "-" ? null : newLine++,
      text: line.slice(1),
    } as const;
  });
  return { path, lines, changed: lines.filter(({ kind }) => kind !== " ").length };
}

function evidenceOf({ path, why, text }: CaseOf<"review">["evidence"][number]): Evidence {
  const citation = { kind: "code", path, startLine: 1, endLine: text.split("\n").length, commit: "" } as const;
  return { kind: "similar-code", citation, score: 1, why, text };
}

/** Of the two verdicts, how likely the model holds the first; null where the back end does not tell. */
async function probabilityOfProblem(
  model: Model,
  messages: ReturnType<typeof tilePrompt>["messages"],
  signal?: AbortSignal,
): Promise<number | null> {
  if (model.score === undefined) return null;
  const scores = await model.score({ messages, continuations: beginnings, ...(signal && { signal }) });
  const [problem = 0, none = 0] = scores.map(({ logProbability }) => logProbability);
  return 1 / (1 + Math.exp(none - problem));
}
