import type { EngramView } from "../../engram/engram.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";
import { addedLines } from "../edits.ts";
import { familyOf } from "../language-family.ts";
import { isOrdinaryPath } from "../ordinary-path.ts";
import { wholeWord } from "../symbols/signature.ts";
import type { SymbolFiles } from "../symbols/symbol-files.ts";
import { brokenCall } from "./broken-calls.ts";
import type { Sides } from "./changed-definitions.ts";
import { type ChangedMember, changedMembers } from "./lost-members.ts";
import { memberUses } from "./member-uses.ts";
import { mayUseMember, suspectMembers } from "./suspect-members.ts";

/** A line that uses a name, and what of it does not hold any more. */
export interface UseLine {
  path: string;
  line: number;
  text: string;
  why: string;
}

export interface UsedMember {
  member: ChangedMember;
  uses: UseLine[];
}

/** Members that classes lost or take otherwise, with what still uses them as before. */
export async function usedMembers(
  change: Change,
  files: SymbolFiles,
  { before, view, units }: Sides,
): Promise<UsedMember[]> {
  const written = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  const found: UsedMember[] = [];
  for (const file of change.files.filter(isEdited)) {
    const family = familyOf(file.path);
    const [old, text] = [await before(file.oldPath), view.text(file.path)];
    if (family === null || old === null || text === null) continue;
    const isUsedElsewhere = usedBeside(file.path, view);
    if (suspectMembers(file, family, { old, text }, isUsedElsewhere).size === 0) continue;
    for (const member of await changedMembers(file, family, { old, text }, units)) {
      const uses = (await memberUses(member, files, units)).flatMap(({ path, line }): UseLine[] => {
        const lines = files.text(path).split("\n");
        const why = whyBroken(member, path, lines, line, written.get(path)?.has(line) ?? false);
        return why === null ? [] : [{ path, line, text: lines[line - 1] ?? "", why }];
      });
      if (uses.length > 0) found.push({ member, uses });
    }
  }
  return found;
}

/** By tokens first, and by single words of the few files that are left then. */
function usedBeside(path: string, view: EngramView): (classes: readonly string[], member: string) => boolean {
  let naming: string[] | null = null;
  return (classes, member) => {
    naming ??= [...new Set(classes.flatMap((name) => view.pathsWithToken(name)))].filter((one) => one !== path);
    if (naming.length === 0) return false;
    const using = new Set(view.pathsWithToken(member));
    return naming.some((one) => using.has(one) && mayUseMember(view.text(one) ?? "", classes, member));
  };
}

/** What of a line that uses a member does not hold any more; null where it does. */
function whyBroken(
  member: ChangedMember,
  path: string,
  lines: readonly string[],
  line: number,
  isWritten: boolean,
): string | null {
  const { name, newLine } = member;
  if (newLine === null) return `uses ${name}`;
  // Which of two calls is meant, nobody can tell.
  const named = (lines[line - 1] ?? "").match(new RegExp(wholeWord(name).source, "g")) ?? [];
  return named.length > 1 ? null : brokenCall(member, path, lines, line, isWritten);
}

/** Whether the file is there on both sides, in the same language. */
export function isEdited({ status, path, oldPath }: FileDiff): boolean {
  return (
    (status === "modified" || status === "renamed") && familyOf(path) === familyOf(oldPath) && isOrdinaryPath(path)
  );
}
