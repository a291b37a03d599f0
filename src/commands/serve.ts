import { Command } from "commander";

export function serveCommand(): Command {
  return new Command("serve")
    .description("run the GitHub App: take webhooks, work on them, answer")
    .option("--poll", "ask GitHub what is new instead of taking webhooks: nobody needs to reach this machine")
    .option("--queue <url>", "redis://HOST:PORT: share the work with other machines (default: a file of this one)")
    .addHelpText(
      "after",
      `
Needs the app's id, private key and webhook secret: as assistant setup wrote them, APP_ID, PRIVATE_KEY_PATH and
WEBHOOK_SECRET, or config.yml in ASSISTANT_HOME (~/.local/share/engram-assistant). docs/configuration.md lists every
key. With --poll no webhook secret is needed and no webhook is taken: the port answers /healthz, /readyz, /metrics and
/dashboard on 127.0.0.1, elsewhere only with DASHBOARD_TOKEN or METRICS_TOKEN.

Examples:
  assistant serve                     as assistant setup --webhook-url registered it
  assistant serve --poll              as assistant setup --poll did
  assistant serve --queue redis://queue.internal:6379
  APP_ID=12345 PRIVATE_KEY_PATH=app.pem WEBHOOK_SECRET=… assistant serve

It runs until Ctrl-C or SIGTERM; running jobs end first. Exit code: 0 ended, 2 usage or environment, 3 internal error.`,
    )
    .action(async ({ poll = false, queue }: { poll?: boolean; queue?: string }) => {
      // The GitHub libraries take longer to load than a small review takes; the other verbs do without them.
      const { runServer } = await import("./run-server.ts");
      if (queue !== undefined) process.env["QUEUE_URL"] = queue;
      await runServer({ poll });
    });
}
