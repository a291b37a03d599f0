import { Command, Option } from "commander";
import type { SetupOptions } from "./run-setup.ts";

export function setupCommand(): Command {
  return new Command("setup")
    .description("register the GitHub App in a browser, and keep its number, key and secret for serve")
    .addOption(
      new Option(
        "--webhook-url <url>",
        "where GitHub reaches the server, such as https://assistant.example.com",
      ).conflicts("poll"),
    )
    .option("--poll", "register it without a webhook, for `assistant serve --poll`: nobody needs to reach this machine")
    .option("--with-implement", "let it push branches of its own for /assistant implement (contents: write)")
    .option("--organisation <name>", "register it for an organisation instead of yourself")
    .option("--name <name>", "name of the app; GitHub has each name once (default: Engram Assistant)")
    .option("--host <host>", "a GitHub Enterprise Server (default: github.host of config.yml, else github.com)")
    .option("--port <port>", "port of the page on this machine (default: a free one)")
    .option("--force", "replace an app that was set up before; its app.env is kept as app.env.old")
    .addHelpText(
      "after",
      `
It prints an address on this machine to open in a browser; there you see what the app asks for, and GitHub registers it.
Then app.env and the private key are written to ASSISTANT_HOME (~/.local/share/engram-assistant) for this user alone (mode
0600). Every other command reads them there.

Examples:
  assistant setup --poll
  assistant setup --webhook-url https://assistant.example.com --organisation octo-org
  assistant setup --poll --with-implement --host github.example.com

Exit code: 0 registered, 2 usage or environment, 3 internal error.`,
    )
    .action(async (options: SetupOptions) => {
      const { runSetup } = await import("./run-setup.ts");
      await runSetup(options);
    });
}
