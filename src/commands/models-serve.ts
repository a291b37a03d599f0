import { Command, InvalidArgumentError } from "commander";
import { apiToken, serveLocally } from "../api/local-http.ts";
import { openAiServer, publicPaths } from "../api/openai-server.ts";
import { loadSettings, type ModelSettings } from "../config/server-config.ts";
import { defaultModelName } from "../model/catalogue.ts";
import type { Model, ModelSource } from "../model/model.ts";
import { openModelSource } from "../model/model-source.ts";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { interruptSignal } from "./interrupt.ts";

interface ServeOptions {
  host: string;
  port: number;
  json?: boolean;
}

export function modelsServeCommand(): Command {
  return new Command("serve")
    .description("let other machines and programs use the models here, as OpenAI's interface")
    .argument("[models...]", "names from the list, or GGUF files; without one, the models of the configuration")
    .option("--host <address>", "address to listen on; other machines need a token", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 takes a free one", port, 8091)
    .option("--json", "print one line of JSON when it serves")
    .addHelpText(
      "after",
      `
Examples:
  assistant models serve                              the configured models, for this machine
  assistant models serve smollm2-135m-instruct-q4_1   one of them
  ASSISTANT_API_TOKEN=$(openssl rand -hex 24) assistant models serve --host 0.0.0.0    for others

On the other machine: models.coding: http://HOST:8091/v1#MODEL in config.yml, and the token in MODEL_API_KEY. The
interface has no encryption of its own: across a network that is not yours, put a proxy with TLS before it.

It runs until Ctrl-C. Exit code: 0 ended, 2 usage or environment, 3 internal error.`,
    )
    .action(serve);
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
}

/** Serves until Ctrl-C or SIGTERM. Errors: as serveLocally and those of the models. */
async function serve(names: string[], { host, port: wanted, json }: ServeOptions): Promise<void> {
  const stop = interruptSignal();
  const { home, models: settings } = loadSettings();
  let models: Model[] | null = null;
  const app = openAiServer({
    models: () => models,
    report: (error) => process.stderr.write(`internal error: ${messageOf(error)}\n`),
  });
  // First, because a taken port should not cost a load; until the models are there, it says so.
  const server = await serveLocally(app, { host, port: wanted, token: apiToken(), publicPaths });
  const source = openModelSource({ modelsDir: home.models, models: chosen(settings, names) });
  try {
    models = await openAll(source, names.length > 0);
    if (!stop.aborted) process.stdout.write(json ? asJson(server.url, models) : announcement(server.url, models));
    await aborted(stop);
  } finally {
    // What is being written has a while to end; then the models are closed, which waits for whatever computes.
    await server.close();
    await source.close();
  }
}

/** The configuration with the named models in the place of its roles. */
function chosen(settings: ModelSettings, names: string[]): ModelSettings {
  if (names.length === 0) return settings;
  const choice = names.map((name) => (name === "default" ? defaultModelName : name));
  return { ...settings, coding: choice, research: choice };
}

/** Errors: those of the first model that was named and cannot be opened; without names, where there is none at all. */
async function openAll(source: ModelSource, named: boolean): Promise<Model[]> {
  const models = new Map<string, Model>();
  const reasons: string[] = [];
  for (const role of ["coding", "research"] as const) {
    const { groups, missing } = await source.candidates(role);
    reasons.push(...missing);
    // Of what the configuration names, the first choice; of what a person names, all.
    for (const group of named ? groups : groups.slice(0, 1))
      for (const model of await group.open())
        if (!models.has(model.identity.name)) models.set(model.identity.name, model);
    if (named) break;
  }
  if (models.size === 0 || (named && reasons.length > 0)) {
    throw new AssistantError(reasons[0] ?? "there is no model to serve", {
      code: "model-missing",
      remedy: "See what is installed: `assistant models list`; install one: `assistant models pull`.",
    });
  }
  return [...models.values()];
}

function asJson(url: string, models: Model[]): string {
  const rows = models.map((model) => ({
    name: model.identity.name,
    sha256: model.identity.sha256,
    contextTokens: model.contextTokens,
    slots: model.status().slots,
  }));
  return `${JSON.stringify({ url: `${url}/v1`, models: rows })}\n`;
}

function announcement(url: string, models: Model[]): string {
  const lines = models.map(
    (model) => `  ${model.identity.name}: ${model.contextTokens} tokens, ${model.status().slots} requests at once\n`,
  );
  return `serving ${url}/v1\n${lines.join("")}Ctrl-C ends it.\n`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
