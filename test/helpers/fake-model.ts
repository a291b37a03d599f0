import type { GenerateRequest, Model, ModelIdentity } from "../../src/model/model.ts";

/** A model in a few lines: `write` gives the text of the answer, or throws what the model would. */
export function fakeModel(
  write: (request: GenerateRequest) => string | Promise<string>,
  overrides: Partial<Omit<Model, "identity" | "generate">> & { identity?: Partial<ModelIdentity> } = {},
): Model {
  const identity: ModelIdentity = { name: "fake", sha256: null, backend: "scripted", ...overrides.identity };
  return {
    contextTokens: 4_096,
    countTokens: async (text) => Math.ceil(text.length / 4),
    status: () => ({ slots: 1, running: 0, waiting: 0 }),
    close: async () => {},
    ...overrides,
    identity,
    generate: async (request) => {
      const text = await write(request);
      if (text !== "") request.onText?.(text);
      const value = request.schema?.parse(JSON.parse(text));
      return { text, value, promptTokens: 7, generatedTokens: 3, ms: 50, model: identity };
    },
  };
}

/** What a request asks, as one text. */
export function promptText({ messages }: Pick<GenerateRequest, "messages">): string {
  return typeof messages === "string" ? messages : messages.map(({ content }) => content).join("\n");
}
