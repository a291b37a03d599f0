import { join } from "node:path";
import { directorySource } from "../../src/engram/directory-source.ts";
import { buildManifest, writeManifest } from "../../src/engram/manifest.ts";
import { openEngramFile, updateEngramFile } from "../../src/engram/sqlite-engram-store.ts";
import { createRepository } from "../helpers/git-repository.ts";

/** An engram of two files with its manifest. */
export async function tinyEngram(folder: string): Promise<{ file: string; manifest: string }> {
  const repository = createRepository(join(folder, "repository"));
  repository.write("src/a.ts", "export function total(prices: number[]): number {\n  return prices.length;\n}\n");
  repository.write("README.md", "# Shop\n");
  const file = join(folder, "seed.engram");
  const manifest = join(folder, "seed-manifest.json");
  const { engram } = await updateEngramFile(file, await directorySource([repository.dir]));
  writeManifest(manifest, buildManifest(engram, null));
  engram.close();
  (await openEngramFile(file)).close();
  return { file, manifest };
}
