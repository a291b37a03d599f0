import type { WordingCase } from "./case.ts";

interface Row {
  id: string;
  title: string;
  body: string;
  evidence: [path: string, why: string][];
  must: string[][];
  mustNot: string[];
}

/** What a check found that still stands elsewhere as it was. */
const copies: Row[] = [
  copyRow("copy-tax", "src/invoice/tax.ts", "src/quote/tax.ts:41", 0.96, 5),
  copyRow("copy-retry", "app/clients/weather.py", "app/clients/traffic.py:18", 0.93, 7),
  copyRow("copy-parse", "internal/parse/header.go", "internal/parse/trailer.go:77", 0.97, 6),
  copyRow("copy-lock", "src/cache/Store.java", "src/cache/Index.java:103", 0.9, 9),
  copyRow("copy-escape", "lib/render/table.rb", "lib/render/list.rb:12", 0.98, 4),
  copyRow("copy-sum", "src/ledger.rs", "src/budget.rs:55", 0.95, 5),
  copyRow("copy-mail", "src/Mail/Welcome.php", "src/Mail/Reminder.php:29", 0.92, 8),
  copyRow("copy-clamp", "src/Audio/Gain.cs", "src/Audio/Pan.cs:64", 0.99, 4),
  copyRow("copy-crc", "src/frame.c", "src/packet.c:210", 0.94, 11),
  copyRow("copy-join", "db/views/active.sql", "db/views/archived.sql:7", 0.91, 6),
];

function copyRow(id: string, here: string, there: string, similarity: number, lines: number): Row {
  const [path = "", line = ""] = there.split(":");
  return {
    id,
    title: `Changed here, but not in \`${there}\``,
    body:
      `What these lines replace still stands in \`${there}\`, as it was before this change. ` +
      "If the reason for this change holds there too, it is needed there as well.",
    evidence: [
      [here, "the code after this change"],
      [path, `${lines} lines from line ${line} on are ${Math.round(similarity * 100)} % alike`],
    ],
    must: [
      [path, path.slice(path.lastIndexOf("/") + 1)],
      [
        "still",
        "not changed",
        "unchanged",
        "as it was",
        "same",
        "also",
        "too",
        "as well",
        "copy",
        "copies",
        "left",
        "old",
      ],
    ],
    mustNot: [
      "no problem",
      "is removed",
      "was removed",
      "is deleted",
      "has been fixed there",
      "both were changed",
      "not sure",
      "tests fail",
      "security",
    ],
  };
}

/** A definition that is gone and still used. */
const dangling: Row[] = [
  goneRow("gone-parse-money", "parseMoney", "src/money/parse.ts", "src/refund/form.ts:22", 0),
  goneRow("gone-load-user", "load_user", "accounts/store.py", "accounts/views.py:87", 2),
  goneRow("gone-new-client", "NewClient", "pkg/client/client.go", "cmd/sync/main.go:31", 0),
  goneRow("gone-format-date", "formatDate", "src/main/java/util/Dates.java", "src/main/java/mail/Header.java:54", 4),
  goneRow("gone-read-frame", "read_frame", "src/wire.rs", "src/server.rs:140", 1),
  goneRow("gone-normalise", "normalise_path", "lib/files/names.rb", "lib/files/upload.rb:9", 0),
  goneRow("gone-slug", "makeSlug", "src/Text/Slug.php", "src/Blog/Post.php:66", 3),
  goneRow("gone-clone-node", "CloneNode", "src/Tree/Node.cs", "src/Tree/Editor.cs:118", 0),
  goneRow("gone-buf-grow", "buf_grow", "src/buf.c", "src/log.c:48", 5),
  goneRow("gone-tax-rate", "tax_rate", "db/functions/tax.sql", "db/views/orders.sql:14", 0),
];

function goneRow(id: string, name: string, from: string, use: string, others: number): Row {
  const more = others > 0 ? ` and ${others} more ${others === 1 ? "place" : "places"}` : "";
  const [path = "", line = ""] = use.split(":");
  return {
    id,
    title: `\`${name}\` is removed here, but \`${use}\` still uses it`,
    body: `This was the last definition of \`${name}\` in the tree. It is still used in \`${use}\`${more}.`,
    evidence: [[path, `line ${line} uses ${name}, which was defined in ${from}`]],
    must: [[name], [path, path.slice(path.lastIndexOf("/") + 1)], ["still", "use", "call", "refer", "need", "depend"]],
    mustNot: [
      "no longer used",
      "not used",
      "unused",
      "no problem",
      "unrelated",
      "is added",
      "was added",
      "not removed",
      "other definition",
      "not sure",
      "safe to",
      `removed from ${path}`,
      `removed in ${path}`,
    ],
  };
}

/** A signature that a call does not fit any more. */
const signatures: Row[] = [
  signatureRow("signature-send", "sendMail", "src/mail/send.ts", "src/signup/confirm.ts:33", 2, 3),
  signatureRow("signature-open", "open_archive", "archive/reader.py", "archive/cli.py:12", 1, 2),
  signatureRow("signature-dial", "Dial", "internal/net/dial.go", "internal/probe/probe.go:90", 3, 2),
  signatureRow("signature-round", "roundTo", "src/main/java/math/Round.java", "src/main/java/price/Net.java:27", 1, 2),
  signatureRow("signature-hash", "hash_block", "src/block.rs", "src/chain.rs:71", 2, 1),
  signatureRow("signature-draw", "draw_cell", "src/cell.c", "src/board.c:156", 4, 5),
  signatureRow("signature-render", "render_row", "lib/table/row.rb", "lib/table/page.rb:38", 2, 3),
  signatureRow("signature-charge", "ChargeCard", "src/Pay/Card.cs", "src/Pay/Renewal.cs:59", 3, 4),
];

function signatureRow(id: string, name: string, from: string, use: string, before: number, after: number): Row {
  const [path = "", line = ""] = use.split(":");
  return {
    id,
    title: `\`${name}\` has another signature here, which \`${use}\` does not fit`,
    body: `The call in \`${use}\` fits the signature that \`${name}\` had before this change.`,
    evidence: [
      [path, `line ${line} calls ${name} with ${before} of the now ${after} arguments`],
      [from, `${name} took ${before} arguments and now takes ${after}`],
    ],
    must: [
      [name],
      [path, path.slice(path.lastIndexOf("/") + 1)],
      ["signature", "argument", "parameter", "fit", "match"],
    ],
    mustNot: [
      "is removed",
      "was removed",
      "no longer exists",
      "no problem",
      "unrelated",
      "call is correct",
      "still fits",
      `takes ${before} arguments now`,
      `now takes ${before} arguments`,
      "not sure",
    ],
  };
}

/** A file that history says changes along, and was left alone. */
const companions: Row[] = [
  companionRow("companion-schema", "src/api/schema.ts", "docs/api.md", 14, 17),
  companionRow("companion-migration", "models/order.py", "migrations/env.py", 21, 24),
  companionRow("companion-proto", "proto/job.proto", "internal/job/job.pb.go", 30, 31),
  companionRow("companion-strings", "res/en.properties", "res/fr.properties", 45, 48),
  companionRow("companion-version", "Cargo.toml", "CHANGELOG.md", 19, 22),
  companionRow("companion-route", "config/routes.rb", "spec/routes_spec.rb", 12, 15),
  companionRow("companion-menu", "src/Menu.php", "templates/menu.twig", 16, 18),
  companionRow("companion-header", "src/queue.c", "include/queue.h", 26, 33),
  companionRow("companion-view", "src/Views/Cart.cs", "src/Views/Cart.css", 11, 13),
  companionRow("companion-fixture", "src/parser/lexer.ts", "test/fixtures/tokens.json", 9, 10),
  companionRow("companion-dump", "db/tables/visits.sql", "db/schema.sql", 28, 29),
  companionRow("companion-flags", "cmd/agent/flags.go", "packaging/agent.conf", 13, 16),
];

function companionRow(id: string, changed: string, companion: string, together: number, support: number): Row {
  return {
    id,
    title: `\`${companion}\` usually changes along with \`${changed}\``,
    body:
      `Of the last ${support} commits that changed \`${changed}\`, ${together} changed \`${companion}\` too. ` +
      "This change leaves it alone.",
    evidence: [[companion, `changed in ${together} of ${support} commits that changed ${changed}`]],
    must: [
      [companion, companion.slice(companion.lastIndexOf("/") + 1)],
      [changed, changed.slice(changed.lastIndexOf("/") + 1)],
      ["usually", "often", "most", "together", "along", "too", `${together}`],
    ],
    mustNot: [
      "never",
      "always changes",
      "is removed",
      "was removed",
      "no problem",
      "unrelated",
      "this change also changes",
      "not sure",
      "rarely",
      `${support} of ${together}`,
      `${support} of the ${together}`,
      "were both changed",
      "must not",
    ],
  };
}

export const wordingCases: WordingCase[] = [...copies, ...dangling, ...signatures, ...companions].map(
  ({ id, evidence, ...row }) => ({
    ability: "wording",
    id: `wording-${id}`,
    group: `wording-${id}`,
    language: "text",
    ...row,
    evidence: evidence.map(([path, why]) => ({ path, why })),
  }),
);
