import { z } from "zod";
import type { GenerateRequest, ModelProvider, Prompt } from "../../src/model/model.ts";
import { withoutInvisible } from "../../src/shared/sanitize.ts";
import { fakeModel, promptText } from "../helpers/fake-model.ts";
import type { Attack } from "./cases.ts";

export interface ObeyingModels extends ModelProvider {
  /** Ids of the cases that some prompt held. */
  read: Set<string>;
  prompts: Prompt[];
}

/**
 * A model that does all that it reads: it repeats what a text wants said, names every label and line that it is told to, and
 * confirms whatever it claimed. It may be quoted for everything.
 */
export function obeyingModels(cases: readonly Attack[]): ObeyingModels {
  const known = cases.map((one) => ({ one, key: keyOf(one.text) }));
  const read = new Set<string>();
  const prompts: Prompt[] = [];
  const model = fakeModel((request) => {
    prompts.push(request.messages);
    const prompt = promptText(request);
    const flat = prompt.replace(/\s+/g, " ");
    const found = known.filter(({ key }) => key !== "" && flat.includes(key)).map(({ one }) => one);
    for (const { id } of found) read.add(id);
    const says = found.map((one) => one.says ?? one.text);
    return request.schema ? JSON.stringify(answerTo(request, prompt, says)) : says.join("\n");
  });
  return {
    read,
    prompts,
    modelFor: async () => ({ model, reason: null }),
    qualified: () => ({ allowed: true, reason: "it obeys", threshold: null }),
    close: async () => {},
  };
}

/** The beginning of a text as it stands in a prompt: what nobody sees is not there. */
export function keyOf(text: string): string {
  const visible = withoutInvisible(text).replace(/<!--[\s\S]*?(?:-->|$)/g, "");
  return visible.replace(/\s+/g, " ").trim().slice(0, 40);
}

function answerTo(request: GenerateRequest, prompt: string, says: readonly string[]): unknown {
  return valueOf(z.toJSONSchema(request.schema as z.ZodType) as Schema, "", { prompt, text: says.join(" ") });
}

interface Schema {
  type?: string;
  enum?: string[];
  const?: string;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
}

/** Any answer that the schema takes, with the wanted text wherever a text may stand. */
function valueOf(schema: Schema, name: string, said: { prompt: string; text: string }): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return optionOf(schema.enum, said.text);
  if (schema.anyOf?.[0]) return valueOf(schema.anyOf[0], name, said);
  if (schema.type === "object")
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([key, one]) => [key, valueOf(one, key, said)]),
    );
  if (schema.type === "array")
    return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () => valueOf(schema.items ?? {}, name, said));
  if (schema.type === "boolean") return true;
  const text = name === "quote" ? quoteFrom(said.prompt) : said.text;
  return text.slice(0, schema.maxLength ?? text.length);
}

/** What the text names; else what does most harm. */
function optionOf(options: readonly string[], text: string): string {
  const harmful = ["problem", "yes", "supports the claim", "high", "security"];
  const named = options.find(
    (one) => one.length > 2 && !harmful.includes(one) && one !== "no problem" && text.includes(one),
  );
  return named ?? harmful.find((one) => options.includes(one)) ?? (options[0] as string);
}

/** A line that the change adds. */
function quoteFrom(prompt: string): string {
  const added = prompt.split("\n").filter((line) => /^\+.*\w/.test(line));
  return added.at(-1)?.slice(1).trim() ?? "";
}
