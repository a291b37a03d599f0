import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { assistantApi } from "../api/assistant-api.ts";
import { apiToken, serveLocally } from "../api/local-http.ts";
import { messageOf } from "../shared/errors.ts";
import { withAssistant } from "./assistant-options.ts";
import { interruptSignal } from "./interrupt.ts";

interface ApiOptions {
  host: string;
  port: number;
  json?: boolean;
  model: boolean;
}

export function apiCommand(): Command {
  return new Command("api")
    .description("research, code and ask over HTTP on this machine, with answers as events")
    .option("--host <address>", "address to listen on; other machines need a token", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0 takes a free one", parsePort, 8092)
    .option("--json", "print one line of JSON when it serves")
    .option("--no-model", "do without a model")
    .addHelpText(
      "after",
      `
Examples:
  assistant api
  curl -s http://127.0.0.1:8092/v1/research -H 'content-type: application/json' \\
       -d '{"task": "which requests are retried", "engram": ["docs.engram"]}'
  curl -sN http://127.0.0.1:8092/v1/ask -H 'content-type: application/json' -H 'accept: text/event-stream' \\
       -d '{"task": "where are webhooks verified"}'

/openapi.json describes it. Engrams and files are read below ASSISTANT_HOME and the folder it is started in, nowhere else.
With ASSISTANT_API_TOKEN set, callers send it as a bearer token.

It runs until Ctrl-C. Exit code: 0 ended, 2 usage or environment, 3 internal error.`,
    )
    .action(serveApi);
}

function parsePort(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
}

/** Serves until Ctrl-C or SIGTERM. Errors: as serveLocally. */
async function serveApi({ host, port, json, model }: ApiOptions): Promise<void> {
  const stop = interruptSignal();
  await withAssistant({ model }, async (services) => {
    const app = assistantApi({
      services,
      roots: [services.home.root, process.cwd()],
      version: packageVersion(),
      report: (error) => process.stderr.write(`internal error: ${messageOf(error)}\n`),
    });
    const server = await serveLocally(app, { host, port, token: apiToken(), publicPaths: ["/health"] });
    process.stdout.write(
      json ? `${JSON.stringify({ url: server.url })}\n` : `serving ${server.url}\nCtrl-C ends it.\n`,
    );
    await aborted(stop);
    await server.close();
  });
}

function packageVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
