/** PORT of the engram stage, second part: a change seen on top of the shared engram. */
import { readBlobs } from "../shared/git-objects.ts";
import type { Change } from "../workspace/diff.ts";
import type { Engram, EngramView } from "./engram.ts";

/** The tree of the change's head as a read-only view: the engram with the changed files replaced. Nothing is written. */
export async function layChangeOver(engram: Engram, change: Change, gitDir: string): Promise<EngramView> {
  const files = new Map<string, string | null>();
  for (const { oldPath } of change.files) files.set(oldPath, null);
  const texts = change.files.filter(({ newBlob, binary }) => newBlob !== null && !binary);
  const blobs = readBlobs(
    gitDir,
    texts.map(({ newBlob }) => newBlob ?? ""),
  );
  let next = 0;
  for await (const { data } of blobs) files.set(texts[next++]?.path ?? "", data.toString("utf8"));
  return engram.overlay(files, change.head);
}
