import { Command } from "commander";
import { datasetExportCommand } from "./dataset-export.ts";

export function datasetCommand(): Command {
  return new Command("dataset")
    .description("make data for a fine-tune elsewhere of a repository's own past")
    .addCommand(datasetExportCommand());
}
