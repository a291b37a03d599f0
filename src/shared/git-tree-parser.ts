/** One entry of a tree object. */
export interface TreeItem {
  /** Six octal digits, as `git ls-tree` prints them. */
  mode: string;
  name: string;
  /** A blob's, a folder's, or the commit that a submodule points to. */
  oid: string;
}

export const folderMode = "040000";
export const submoduleMode = "160000";

/**
 * Reads a tree object: for each entry its mode in octal digits, a space, the name, a zero byte, the id in bytes. Old
 * programs wrote modes that git knows no more (100664); it reads them as the ones that it knows, and so does this.
 * @param idBytes 20, in a repository of SHA-256 32
 */
export function parseTree(data: Buffer, idBytes: number): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const zero = data.indexOf(0, space);
    const end = zero + 1 + idBytes;
    items.push({
      mode: knownMode(Number.parseInt(data.toString("latin1", at, space), 8)),
      name: data.toString("utf8", space + 1, zero),
      oid: data.toString("hex", zero + 1, end),
    });
    at = end;
  }
  return items;
}

function knownMode(mode: number): string {
  const type = mode & 0o170000;
  if (type === 0o100000) return mode & 0o100 ? "100755" : "100644";
  if (type === 0o120000) return "120000";
  return type === 0o040000 ? folderMode : submoduleMode;
}
