import { Argument, Command } from "commander";
import { completionScript, type Shell, shells } from "./completion-scripts.ts";

export function completionCommand(): Command {
  return new Command("completion")
    .description("print a script that lets a shell complete verbs, options and their choices")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  source <(assistant completion bash)         in ~/.bashrc
  source <(assistant completion zsh)          in ~/.zshrc, behind compinit
  assistant completion fish > ~/.config/fish/completions/assistant.fish

It completes the word assistant: where the program is run as \`npm run -s assistant --\` or \`npx assistant\`, give it that name
first, for example with alias assistant='npx assistant'. Of an upgrade it knows once it was made anew.
Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action((shell: Shell, _options: object, command: Command) => {
      process.stdout.write(completionScript(shell, command.parent ?? command));
    });
}
