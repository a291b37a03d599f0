import type { Model } from "../model/model.ts";
import { newUsage } from "../tasks/implement/usage.ts";
import { newPart, writePart } from "../tasks/implement/write-part.ts";
import type { CaseAnswer, CaseOf, TryEdits } from "./answer.ts";

/**
 * Lets the model write an edit as the implement task does, in one round, and runs the case's test on it. Null where not even the
 * known solution passes here: then the language's tools are missing, and nothing is asked. Errors: those of the model.
 */
export async function askEdit(
  model: Model,
  given: CaseOf<"edit">,
  tryEdits: TryEdits,
  signal?: AbortSignal,
): Promise<CaseAnswer | null> {
  const { path, code, solution, beside, command, form, symbol, request } = given;
  const unfit = await tryEdits({ files: { ...beside, [path]: solution }, edits: [], command }, signal);
  if (unfit !== null) return null;
  const target = { path, form, symbol: form === "symbol" ? symbol : null, code, whole: form === "file" };
  const task = `Change ${form === "symbol" ? `${symbol} of ${path}` : path} so that it does what the REQUEST asks for.`;
  const part = newPart("implementation", task, target, [{ title: "REQUEST", text: `${symbol}: ${request}` }]);
  let failure: unknown = null;
  const heard: Model = {
    ...model,
    generate: (asked) =>
      model.generate(asked).catch((error: unknown) => {
        failure = error;
        throw error;
      }),
  };
  await writePart(part, heard, newUsage(), signal ?? new AbortController().signal);
  // For the task it is one more thing to be mended; here it may be that the model is gone.
  if (failure !== null) throw failure;
  const why =
    part.refused.length > 0
      ? part.refused.join(" ")
      : await tryEdits({ files: { ...beside, [path]: code }, edits: part.edits, command }, signal);
  return {
    case: given,
    answered: true,
    said: part.edits.length > 0,
    right: why === null,
    probability: null,
    text: why ?? "its test passes",
  };
}
