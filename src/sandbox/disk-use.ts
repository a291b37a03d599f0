import { execFile } from "node:child_process";

/** Bytes on disk below a folder, as `du` sums them: blocks, hard links once, nothing beyond the file system. */
export function diskUse(folder: string): Promise<number> {
  return new Promise((resolve) => {
    // What vanishes or may not be read while it sums makes it complain; the sum stands all the same.
    execFile("du", ["-skx", "--", folder], (_error, stdout) => resolve((Number.parseInt(stdout, 10) || 0) * 1024));
  });
}

/** Removes a folder that somebody hostile filled: too deep for a path, without rights to enter. Never follows a link. */
export async function removeFolder(folder: string): Promise<void> {
  if (await quietly("rm", ["-rf", "--", folder])) return;
  await quietly("chmod", ["-R", "u+rwX", "--", folder]);
  await quietly("rm", ["-rf", "--", folder]);
}

function quietly(program: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, (error) => resolve(error === null));
  });
}
