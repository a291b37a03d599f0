import { Command } from "commander";
import { modelsBenchCommand } from "./models-bench.ts";
import { modelsBuildEngineCommand } from "./models-build-engine.ts";
import { modelsListCommand } from "./models-list.ts";
import { modelsPullCommand } from "./models-pull.ts";
import { modelsQualifyCommand } from "./models-qualify.ts";
import { modelsRecommendCommand } from "./models-recommend.ts";
import { modelsRemoveCommand } from "./models-remove.ts";
import { modelsServeCommand } from "./models-serve.ts";
import { modelsVerifyCommand } from "./models-verify.ts";

export function modelsCommand(): Command {
  return new Command("models")
    .description("install local models and see what they are")
    .addCommand(modelsListCommand())
    .addCommand(modelsRecommendCommand())
    .addCommand(modelsPullCommand())
    .addCommand(modelsVerifyCommand())
    .addCommand(modelsRemoveCommand())
    .addCommand(modelsBenchCommand())
    .addCommand(modelsBuildEngineCommand())
    .addCommand(modelsQualifyCommand())
    .addCommand(modelsServeCommand())
    .addHelpText(
      "after",
      `
Examples:
  assistant models pull          install the default model, which runs everywhere
  assistant models pull encoder  find similar issues by what they mean, too (70 MB)
  assistant models recommend     then see what larger model this machine could run
  assistant models bench         time what is installed
  ASSISTANT_MODEL_FILE=model.gguf assistant models pull     install from a file, without a network`,
    );
}
