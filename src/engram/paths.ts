/** The order of paths everywhere in an engram: by UTF-16 code units, as `Array.prototype.sort` has it. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
