import type { PastCommit } from "./history.ts";

/** A commit as git tells of it: it depends on the commit alone, and in a shallow clone on whether its parents are there. */
export interface CommitRecord {
  /** `files` by the names that the commit gives them. */
  commit: PastCommit;
  /** Whether git lacks its parents (the edge of a shallow clone). It then has no parents and no files. */
  cut: boolean;
  /** One letter for each of `files`, as git names them: A, D, M, R or T. */
  statuses: string;
  /** For each R among `statuses`, the path before. */
  oldPaths: string[];
}

/** Fields that hold no NUL, joined by NUL: nothing else is sure not to stand in a message or a path. */
export function encodeRecord({ commit, cut, statuses, oldPaths }: CommitRecord): Buffer {
  const { author, subject, body, files, parents, time } = commit;
  const fields = [
    parents.join(" "),
    String(time),
    cut ? "cut" : "",
    author.name,
    author.email,
    subject,
    body,
    statuses,
  ];
  return Buffer.from([...fields, ...files, ...oldPaths].join("\0"), "utf8");
}

/** Null where these bytes are no record. */
export function decodeRecord(id: string, bytes: Buffer): CommitRecord | null {
  const fields = bytes.toString("utf8").split("\0");
  const [parents = "", time, cut, name = "", email = "", subject = "", body = "", statuses] = fields;
  if (statuses === undefined) return null;
  const files = fields.slice(8, 8 + statuses.length);
  return {
    commit: {
      commit: id,
      parents: parents === "" ? [] : parents.split(" "),
      time: Number(time),
      author: { name, email },
      subject,
      body,
      files,
    },
    cut: cut === "cut",
    statuses,
    oldPaths: fields.slice(8 + statuses.length),
  };
}
