import type { LabelCase } from "./case.ts";

type Labels = LabelCase["labels"];

const kinds: Labels = [
  { name: "bug", description: "something does not work as it should" },
  { name: "enhancement", description: "something new, or something that works and should be better" },
  { name: "documentation", description: "manual, examples or comments are wrong or missing" },
  { name: "question", description: "somebody asks how to do something" },
];

const shopAreas: Labels = [
  { name: "area: checkout", description: "basket, payment, vouchers" },
  { name: "area: catalogue", description: "articles, pictures, search for articles" },
  { name: "area: shipping", description: "parcels, carriers, tracking" },
  { name: "area: accounts", description: "sign-in, profile, passwords" },
];

const toolAreas: Labels = [
  { name: "parser", description: "reading the source language, syntax errors" },
  { name: "formatter", description: "how code is laid out when it is written" },
  { name: "cli", description: "options of the command line, exit codes, output" },
  { name: "editor", description: "the plug-ins for editors" },
  { name: "windows", description: "happens on Windows alone" },
];

const qualities: Labels = [
  { name: "performance", description: "too slow or too much memory" },
  { name: "security", description: "somebody can get at what is not theirs" },
  { name: "crash", description: "the program ends or hangs" },
  { name: "accessibility", description: "keyboard, screen readers, contrast" },
  { name: "translation", description: "a text is wrong or missing in a language" },
];

/** Labels, then rows: id, expected label, title, body. */
function rows(labels: Labels, entries: [id: string, expected: string | null, title: string, body: string][]) {
  return entries.map(([id, expected, title, body]): LabelCase => ({
    ability: "label",
    id: `label-${id}`,
    group: `label-${id}`,
    language: "text",
    title,
    body,
    labels,
    expected,
  }));
}

export const labelCases: LabelCase[] = [
  ...rows(kinds, [
    [
      "total-negative",
      "bug",
      "Total is negative after removing the last row",
      "Add two rows, remove both. The total shows -4.50 instead of 0.00. It was right in 2.3.",
    ],
    [
      "dark-theme",
      "enhancement",
      "A dark theme would be nice",
      "I work at night. Could the settings offer a dark theme? The present one is fine by day.",
    ],
    [
      "readme-flag",
      "documentation",
      "README still names the old flag",
      "The section on installation says --prefix-dir, but since 3.0 the program only knows --target. The program itself is right.",
    ],
    [
      "proxy-how",
      "question",
      "How do I use this behind a proxy?",
      "Our company has a proxy. I could not find out where to put its address. Is there a setting for it?",
    ],
    [
      "export-empty",
      "bug",
      "Export writes an empty file when the name has an umlaut",
      "Exporting Übersicht gives 0 bytes, exporting Overview works. No message is shown.",
    ],
    [
      "shortcut-save",
      "enhancement",
      "Keyboard shortcut for saving a draft",
      "Please add one, for instance Ctrl+S. Now I have to go through the menu each time.",
    ],
    [
      "example-broken",
      "documentation",
      "Example in the tutorial lacks an import",
      "Chapter 2 calls connect() without importing it. With the import it runs as described.",
    ],
    [
      "which-version",
      "question",
      "Which database versions are supported?",
      "We run version 11 and would like to know whether that is enough before we install.",
    ],
    [
      "sort-umlaut",
      "bug",
      "Sorting puts Zoë before Adam",
      "The list of names is ordered wrongly as soon as a name has an accent. Expected: Adam, Zoë.",
    ],
    [
      "bulk-archive",
      "enhancement",
      "Archive many messages at once",
      "Archiving works one by one. With hundreds of messages a selection of many would save me an hour a week.",
    ],
    [
      "docs-return",
      "documentation",
      "Comment of fetchRows names the wrong return type",
      "It says that an array is returned. It is an iterator, and that is how it should be; only the comment is off.",
    ],
    [
      "spam",
      null,
      "cheap watches best price",
      "Visit our store for watches, bags and more, best price, fast delivery.",
    ],
  ]),
  ...rows(shopAreas, [
    [
      "voucher-twice",
      "area: checkout",
      "Voucher can be used twice",
      "If I press Apply two times quickly, 10 % are taken off two times from the sum in the basket.",
    ],
    [
      "picture-rotated",
      "area: catalogue",
      "Article pictures are rotated by 90 degrees",
      "Pictures taken upright with a phone lie on their side on the article page.",
    ],
    [
      "tracking-link",
      "area: shipping",
      "Tracking link opens the wrong carrier",
      "My parcel goes with the post, the link leads to another carrier and says that the number is unknown.",
    ],
    [
      "reset-mail",
      "area: accounts",
      "No mail arrives when I forgot my password",
      "I asked for a new password three times. Nothing came, not in the spam folder either.",
    ],
    [
      "card-declined",
      "area: checkout",
      "Paying by card ends with a blank page",
      "After I confirm in the app of my bank, the page stays blank. The money was not taken.",
    ],
    [
      "search-plural",
      "area: catalogue",
      "Search finds shoe but not shoes",
      "Typing shoes gives no article, shoe gives forty.",
    ],
    [
      "pickup-point",
      "area: shipping",
      "Parcels to a pick-up point get the home address",
      "I chose the pick-up point, the label of the parcel had my home address.",
    ],
    [
      "rename-profile",
      "area: accounts",
      "Cannot change my last name",
      "I married. The profile lets me edit the first name only.",
    ],
    [
      "gift-wrap-sum",
      "area: checkout",
      "Gift wrap is missing from the sum to pay",
      "The basket lists gift wrap for 3 euros but the sum does not include it.",
    ],
    [
      "size-filter",
      "area: catalogue",
      "Filter by size hides articles that have that size",
      "Filter M. The green jacket is gone, although its page offers M.",
    ],
    [
      "job-offer",
      null,
      "Are you hiring?",
      "I am a designer and would love to join your team. Where can I send my documents?",
    ],
  ]),
  ...rows(toolAreas, [
    [
      "nested-comment",
      "parser",
      "Nested block comments are a syntax error",
      "The language allows a comment inside a comment. The tool stops with unexpected token at the second opening.",
    ],
    [
      "chain-break",
      "formatter",
      "Long call chains are put on one line",
      "A chain of eight calls becomes one line of 180 characters although the width is set to 100.",
    ],
    [
      "exit-zero",
      "cli",
      "Exit code is 0 although files failed the check",
      "Run check on a bad file in a script: the message is printed, yet the exit code is 0 and the pipeline goes on.",
    ],
    [
      "plugin-save",
      "editor",
      "The plug-in formats on every key press",
      "It should do so when I save. The setting for it has no effect since the last update of the plug-in.",
    ],
    [
      "backslash-path",
      "windows",
      "Ignored folders are not ignored with backslashes",
      "Ignoring build\\out works on my Linux machine with a slash, but in the Windows console nothing is ignored.",
    ],
    [
      "unicode-name",
      "parser",
      "Names with Greek letters are refused",
      "let λ = 1 is valid, but reading the file fails with invalid character.",
    ],
    [
      "blank-lines",
      "formatter",
      "Blank lines between imports are doubled",
      "Each time I format, one more blank line stands between the groups of imports.",
    ],
    [
      "quiet-option",
      "cli",
      "Option --quiet still prints a summary",
      "With --quiet nothing should be printed when all is well. The line about 12 files remains.",
    ],
    [
      "hover-docs",
      "editor",
      "Hovering shows the documentation of another symbol",
      "In the editor extension the pop-up for the second of two overloads shows the text of the first.",
    ],
    [
      "generic-arrow",
      "parser",
      "A generic arrow function is read as markup",
      "The text <T>(x: T) => x at the begin of a line gives an error about a missing closing tag.",
    ],
    ["thanks", null, "Thank you!", "No problem to report. I have used this for a year and just wanted to say thanks."],
  ]),
  ...rows(qualities, [
    [
      "list-minutes",
      "performance",
      "Opening a list with 50,000 entries takes two minutes",
      "With 500 entries it opens at once. The processor is busy all the time.",
    ],
    [
      "other-invoice",
      "security",
      "I can open invoices of other customers",
      "Changing the number in the address shows an invoice that is not mine, with name and address.",
    ],
    [
      "import-segfault",
      "crash",
      "Segmentation fault while importing",
      "Importing the attached file ends the program at about 80 %. No message, the window is gone.",
    ],
    [
      "tab-order",
      "accessibility",
      "The dialog cannot be left with the keyboard",
      "Tab goes round inside, Escape does nothing. Without a mouse one is stuck.",
    ],
    [
      "polish-plural",
      "translation",
      "Wrong plural in Polish",
      "It says 5 pliki, it has to be 5 plików. English is fine.",
    ],
    [
      "memory-tabs",
      "performance",
      "Memory grows with every tab that I close",
      "After a day it uses 6 GB. Opening and closing a tab adds 20 MB that never come back.",
    ],
    [
      "token-log",
      "security",
      "Access token is written to the log",
      "With the level debug the full token stands in the log file that everybody on the machine may read.",
    ],
    [
      "freeze-network",
      "crash",
      "Freezes for good when the network goes away",
      "Pull the cable while it synchronises: it hangs and has to be killed, also after the cable is back.",
    ],
    [
      "contrast-grey",
      "accessibility",
      "Grey text on light grey is hard to read",
      "The hints under the fields have a contrast of 2 to 1. People with weak eyes cannot read them.",
    ],
    [
      "french-missing",
      "translation",
      "The settings page is in English for French users",
      "Everything else is French. The texts of the new settings page are not in the French file.",
    ],
    [
      "reset-link",
      "security",
      "Links to reset a password never expire",
      "A link from last year still lets one set a new password without signing in.",
    ],
    ["logo-idea", null, "New logo", "I drew a new logo and would be happy if you used it. See the attached picture."],
  ]),
];
