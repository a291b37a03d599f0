import { Command } from "commander";

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the GitHub App: take webhooks, work on them, answer")
    .addHelpText(
      "after",
      `
Needs the app's id, private key and webhook secret: APP_ID, PRIVATE_KEY_PATH and WEBHOOK_SECRET, or config.yml in
ASSISTANT_HOME (~/.local/share/engram-assistant). docs/configuration.md lists every key.

Example:
  APP_ID=12345 PRIVATE_KEY_PATH=app.pem WEBHOOK_SECRET=… assistant serve`,
    )
    .action(async () => {
      // The GitHub libraries take longer to load than a small review takes; the other verbs do without them.
      const { runServer } = await import("./run-server.ts");
      await runServer();
    });
}
