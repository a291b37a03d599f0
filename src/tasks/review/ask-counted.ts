import type { GenerateRequest, GenerateResult, Model } from "../../model/model.ts";
import type { ModelReport } from "../../publish/outcome.ts";

/** One prompt, counted in the report whether or not it is answered. */
export async function askCounted<T>(
  model: Model,
  report: ModelReport,
  request: GenerateRequest<T>,
): Promise<GenerateResult<T>> {
  report.prompts += 1;
  const answer = await model.generate(request);
  report.promptTokens += answer.promptTokens;
  report.generatedTokens += answer.generatedTokens;
  report.ms += answer.ms;
  return answer;
}
