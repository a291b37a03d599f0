import {
  type ChatHistoryItem,
  type ChatWrapper,
  LlamaText,
  type LlamaModel,
  resolveChatWrapper,
  type Token,
} from "node-llama-cpp";
import type { Message, Prompt } from "./model.ts";

/** A prompt as the model reads it. */
export interface TokenPrompt {
  tokens: Token[];
  /** What ends an answer, beside the tokens that always end one. */
  stops: { tokens: Set<Token>; texts: string[] };
}

/** Null for a model without a chat template: the library would make one up that the model has never seen. */
export function chatTemplate(model: LlamaModel): ChatWrapper | null {
  const template = model.fileInfo.metadata?.tokenizer?.chat_template;
  if (template === undefined || template.trim() === "") return null;
  return resolveChatWrapper(model, { warningLogs: false });
}

/** Null for a chat with a model without chat template. Text that spells a control token stays text. */
export function tokenPrompt(model: LlamaModel, template: ChatWrapper | null, prompt: Prompt): TokenPrompt | null {
  if (typeof prompt === "string")
    return { tokens: plainTokens(model, prompt), stops: { tokens: new Set(), texts: [] } };
  return template === null ? null : chatTokens(model, template, prompt);
}

function plainTokens(model: LlamaModel, text: string): Token[] {
  const tokens = model.tokenize(text);
  const { bos, shouldPrependBosToken } = model.tokens;
  return bos !== null && shouldPrependBosToken ? [bos, ...tokens] : tokens;
}

/** The messages in the model's own chat template. */
function chatTokens(model: LlamaModel, template: ChatWrapper, messages: Message[]): TokenPrompt {
  const chatHistory: ChatHistoryItem[] = messages.map(({ role, content }) => {
    if (role === "assistant") return { type: "model", response: [content] };
    return { type: role, text: content };
  });
  if (messages.at(-1)?.role !== "assistant") chatHistory.push({ type: "model", response: [] });
  const { contextText, stopGenerationTriggers } = template.generateContextState({ chatHistory });
  const stops = { tokens: new Set<Token>(), texts: [] as string[] };
  for (const trigger of stopGenerationTriggers) {
    const [token, ...more] = LlamaText(trigger).tokenize(model.tokenizer);
    if (token !== undefined && more.length === 0) stops.tokens.add(token);
    else stops.texts.push(LlamaText(trigger).toString());
  }
  return { tokens: contextText.tokenize(model.tokenizer), stops };
}
