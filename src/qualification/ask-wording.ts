import type { Model } from "../model/model.ts";
import { checkSentence } from "../tasks/check-sentence.ts";
import { wordingRequest } from "../tasks/review/wording.ts";
import type { CaseAnswer, CaseOf } from "./answer.ts";
import { factsOf, faultOf } from "./faithful.ts";

/** Lets the model word a finding as a review does, and judges the sentence. */
export async function askWording(model: Model, given: CaseOf<"wording">, signal?: AbortSignal): Promise<CaseAnswer> {
  const facts = factsOf(given);
  const answer = await model.generate({ ...wordingRequest(facts), signal });
  const sentence = answer.value?.sentence ?? "";
  const fault = checkSentence(sentence, facts) ?? faultOf(sentence, given);
  return {
    case: given,
    answered: true,
    said: sentence.trim() !== "",
    right: fault === null,
    probability: null,
    text: fault === null ? sentence : `${sentence} (${fault})`,
  };
}
