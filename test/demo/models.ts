import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findHome } from "../../src/config/home.ts";
import { catalogueEntry, defaultModelName } from "../../src/model/catalogue.ts";
import type { ModelEstimate } from "../../src/model/recommend.ts";
import type { ReportRecommendation } from "./report-data.ts";
import type { Stage } from "./stage.ts";

const launcher = fileURLToPath(new URL("../../dist/launch.cjs", import.meta.url));

/**
 * Installs the default model where `assistant models pull` puts it, and lends it to the demo's assistant, which finds it
 * with its next job.
 */
export async function pullDefaultModel(stage: Stage): Promise<{ installed: boolean; name: string }> {
  const child = spawn(process.execPath, [launcher, "models", "pull", "default"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) return { installed: false, name: defaultModelName };
  mkdirSync(join(stage.home, "models"), { recursive: true });
  symlinkSync(
    join(findHome(process.env).models, `${defaultModelName}.gguf`),
    join(stage.home, "models", `${defaultModelName}.gguf`),
  );
  return { installed: true, name: defaultModelName };
}

interface Recommendation {
  coding: string | null;
  research: string | null;
  models: (Pick<ModelEstimate, "fits" | "minutesPerPullRequest"> & { name: string })[];
}

/** Measured once: the next run of the demo on this machine finds the answer in its folder. */
export async function recommendModels(stage: Stage): Promise<ReportRecommendation[]> {
  const kept = join(stage.home, "..", "recommendation.json");
  if (!existsSync(kept)) {
    const env = { ...process.env, ASSISTANT_HOME: stage.home };
    const { stdout } = await promisify(execFile)(process.execPath, [launcher, "models", "recommend", "--json"], {
      env,
    });
    writeFileSync(kept, stdout);
  }
  const { coding, research, models } = JSON.parse(readFileSync(kept, "utf8")) as Recommendation;
  return models.map(({ name, fits, minutesPerPullRequest }) => ({
    model: name,
    role: catalogueEntry(name).roles.join(", "),
    fits,
    minutesPerPull: minutesPerPullRequest,
    recommended: name === coding || name === research,
  }));
}
