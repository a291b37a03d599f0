import { limits } from "../../shared/limits.ts";
import { redactPersonalData } from "../../shared/personal-data.ts";
import { redactSecrets } from "../../shared/secrets.ts";
import type { DatasetExample } from "./example.ts";

/** Whether a conversation fits the limits of one example. */
export function isOfSize({ messages }: DatasetExample): boolean {
  const answer = messages.at(-1)?.content.length ?? 0;
  const asked = messages.slice(0, -1).reduce((sum, { content }) => sum + content.length, 0);
  return asked <= limits.datasetPromptCharacters && answer <= limits.datasetAnswerCharacters;
}

/** The example without what has the form of a secret or of an e-mail address, and whether there was any. */
export async function cleanExample(example: DatasetExample): Promise<{ example: DatasetExample; redacted: boolean }> {
  let redacted = false;
  const messages = await Promise.all(
    example.messages.map(async ({ role, content }) => {
      const clean = redactPersonalData(await redactSecrets(content), ["email"]);
      redacted ||= clean !== content;
      return { role, content: clean };
    }),
  );
  return { example: { ...example, messages }, redacted };
}
