import { GitError } from "./git.ts";
import { limits } from "./limits.ts";

export interface GitObject {
  oid: string;
  /** blob, tree, commit or tag. */
  type: string;
  /** Bytes of the object. */
  size: number;
  /** Empty where only the size was asked for. */
  data: Buffer;
}

/** What is asked about an object: all of it, or what there is without its bytes. */
export type ObjectDetail = "contents" | "size";

/**
 * Reads what `git cat-file --batch` prints, in whatever pieces it comes: `OID TYPE SIZE`, the bytes, a line end; or one
 * line that ends in `missing` or `ambiguous`. `--batch-check` prints the same without bytes and their line end.
 * @param found is called for each request, in their order, with null where there is no such object
 */
export function createObjectParser(
  detail: ObjectDetail,
  found: (object: GitObject | null) => void,
): { read(data: Buffer): void } {
  let header: Buffer[] = [];
  let object: { oid: string; type: string; size: number } | null = null;
  let parts: Buffer[] = [];
  /** Bytes of the object that have not come, with the line end after it. */
  let missing = 0;

  function readHeader(line: string): void {
    const [, oid, type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(line) ?? [];
    if (oid === undefined || type === undefined) return found(null);
    if (detail === "size") return found({ oid, type, size: Number(size), data: nothing });
    if (Number(size) > limits.gitOutputBytes) throw new GitError(["cat-file"], -1, `${oid} is too large`);
    object = { oid, type, size: Number(size) };
    missing = object.size + 1;
  }

  function readBytes(data: Buffer): void {
    parts.push(data);
    missing -= data.length;
    if (missing > 0 || object === null) return;
    const about = object;
    const whole = parts.length === 1 ? data : Buffer.concat(parts);
    [object, parts] = [null, []];
    found({ ...about, data: whole.subarray(0, about.size) });
  }

  return {
    read(data) {
      for (let at = 0; at < data.length;) {
        if (object !== null) {
          const end = Math.min(data.length, at + missing);
          readBytes(data.subarray(at, end));
          at = end;
          continue;
        }
        const end = data.indexOf(10, at);
        header.push(data.subarray(at, end < 0 ? data.length : end));
        if (end < 0) return;
        at = end + 1;
        const line = Buffer.concat(header).toString("utf8");
        header = [];
        readHeader(line);
      }
    },
  };
}

const nothing = Buffer.alloc(0);
