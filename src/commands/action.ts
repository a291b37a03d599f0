import { Command } from "commander";

export function actionCommand(): Command {
  return new Command("action")
    .description("answer the event that a GitHub Actions workflow was started by (see action.yml)")
    .addHelpText(
      "after",
      `
Reads what the runner sets: GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_SERVER_URL, and the token in
GITHUB_TOKEN. Does what the server does with such an event, once, and ends. What was found also goes to the job's summary
(GITHUB_STEP_SUMMARY), to the step's outputs (GITHUB_OUTPUT: findings, sarif), and to a SARIF file.

Variables of its own, which action.yml sets from its inputs:
  ASSISTANT_PUBLISH   comments (default) writes to GitHub; summary writes to the job's summary and annotations alone
  ASSISTANT_LOGIN     whom the token writes as (default: github-actions[bot])
  ASSISTANT_MODEL     none (default) does without; any other value takes the models of config.yml

Example, as a step of a workflow on a runner where the package is installed:
  - run: npx assistant action
    env: { GITHUB_TOKEN: \${{ github.token }} }

Exit code: 0 answered, or nothing was asked for, 2 usage or environment, 3 internal error.`,
    )
    .action(async () => {
      const { runAction } = await import("./run-action.ts");
      await runAction(process.env);
    });
}
