import type { CaseLanguage, EditCase } from "./case.ts";

const typescript: EditCase[] = cases("typescript", "ts", [
  [
    "clamp",
    "clamp",
    "Accept the bounds in either order.",
    "export function clamp(value: number, low: number, high: number): number {\n  return Math.min(high, Math.max(low, value));\n}",
    'import assert from "node:assert";\nimport { clamp } from "./clamp.ts";\nassert.equal(clamp(5, 10, 0), 5);\nassert.equal(clamp(-3, 10, 0), 0);\nassert.equal(clamp(7, 0, 5), 5);',
  ],
  [
    "initials",
    "initials",
    "Give an empty text for a name of white space alone, and ignore double spaces.",
    'export function initials(name: string): string {\n  return name\n    .split(" ")\n    .map((word) => word[0]!.toUpperCase())\n    .join("");\n}',
    'import assert from "node:assert";\nimport { initials } from "./initials.ts";\nassert.equal(initials("ada  lovelace"), "AL");\nassert.equal(initials("  "), "");',
  ],
  [
    "chunks",
    "chunks",
    "Throw a RangeError where the size is below 1 instead of looping for ever.",
    "export function chunks<T>(items: T[], size: number): T[][] {\n  const parts: T[][] = [];\n  for (let at = 0; at < items.length; at += size) {\n    parts.push(items.slice(at, at + size));\n  }\n  return parts;\n}",
    'import assert from "node:assert";\nimport { chunks } from "./chunks.ts";\nassert.deepEqual(chunks([1, 2, 3], 2), [[1, 2], [3]]);\nassert.throws(() => chunks([1], 0), RangeError);',
  ],
  [
    "median",
    "median",
    "Leave the given array as it is.",
    "export function median(values: number[]): number {\n  values.sort((a, b) => a - b);\n  const middle = values.length >> 1;\n  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;\n}",
    'import assert from "node:assert";\nimport { median } from "./median.ts";\nconst given = [3, 1, 2];\nassert.equal(median(given), 2);\nassert.deepEqual(given, [3, 1, 2]);',
  ],
  [
    "once",
    "once",
    "Forget the promise again where it is rejected, so that the next call tries anew.",
    "export function once<T>(load: () => Promise<T>): () => Promise<T> {\n  let loaded: Promise<T> | undefined;\n  return () => (loaded ??= load());\n}",
    'import assert from "node:assert";\nimport { once } from "./once.ts";\nlet calls = 0;\nconst get = once(async () => {\n  if (++calls === 1) throw new Error("no");\n  return 7;\n});\nawait assert.rejects(get());\nassert.equal(await get(), 7);\nassert.equal(await get(), 7);\nassert.equal(calls, 2);',
  ],
]);

const python: EditCase[] = cases("python", "py", [
  [
    "roman",
    "roman",
    "Raise ValueError for numbers below 1.",
    'def roman(number):\n    """Roman numeral of a number."""\n    signs = [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]\n    text = ""\n    for value, sign in signs:\n        while number >= value:\n            text += sign\n            number -= value\n    return text',
    'from roman import roman\n\nassert roman(14) == "XIV"\ntry:\n    roman(0)\n    raise SystemExit("no error")\nexcept ValueError:\n    pass',
  ],
  [
    "flatten",
    "flatten",
    "Keep texts whole instead of taking them apart.",
    "def flatten(items):\n    for item in items:\n        try:\n            yield from flatten(item)\n        except TypeError:\n            yield item",
    'from flatten import flatten\n\nassert list(flatten([1, [2, ["ab", 3]]])) == [1, 2, "ab", 3]',
  ],
  [
    "window",
    "moving_average",
    "Give nothing where there are fewer values than the window has places.",
    "def moving_average(values, size):\n    averages = [sum(values[:size]) / size]\n    for at in range(size, len(values)):\n        averages.append(averages[-1] + (values[at] - values[at - size]) / size)\n    return averages",
    "from window import moving_average\n\nassert moving_average([2, 4, 6], 2) == [3, 5]\nassert moving_average([2], 2) == []",
  ],
  [
    "merge",
    "merge",
    "Merge dictionaries inside dictionaries too, and change neither of the two.",
    "def merge(base, change):\n    base.update(change)\n    return base",
    'from merge import merge\n\nbase = {"a": {"x": 1}, "b": 2}\nassert merge(base, {"a": {"y": 3}}) == {"a": {"x": 1, "y": 3}, "b": 2}\nassert base == {"a": {"x": 1}, "b": 2}',
  ],
  [
    "slug",
    "slug",
    "No dash at the begin or the end, and never two in a row.",
    'def slug(title):\n    return "".join(sign if sign.isalnum() else "-" for sign in title.lower())',
    'from slug import slug\n\nassert slug("  Hello, World! ") == "hello-world"',
  ],
]);

const others: EditCase[] = [
  ...cases("go", "go", [
    [
      "dedupe",
      "Dedupe",
      "Keep the order in which the texts first came.",
      "package dedupe\n\nfunc Dedupe(texts []string) []string {\n\tseen := map[string]bool{}\n\tfor _, text := range texts {\n\t\tseen[text] = true\n\t}\n\tvar out []string\n\tfor text := range seen {\n\t\tout = append(out, text)\n\t}\n\treturn out\n}",
      'package dedupe\n\nimport (\n\t"slices"\n\t"testing"\n)\n\nfunc TestDedupe(t *testing.T) {\n\tif got := Dedupe([]string{"b", "a", "b"}); !slices.Equal(got, []string{"b", "a"}) {\n\t\tt.Fatal(got)\n\t}\n}',
    ],
    [
      "bytesize",
      "Size",
      "Write one decimal place from 1 kB on, for example 1.5 kB.",
      'package bytesize\n\nimport "fmt"\n\nfunc Size(n int64) string {\n\tif n < 1000 {\n\t\treturn fmt.Sprintf("%d B", n)\n\t}\n\treturn fmt.Sprintf("%d kB", n/1000)\n}',
      'package bytesize\n\nimport "testing"\n\nfunc TestSize(t *testing.T) {\n\tif got := Size(1500); got != "1.5 kB" {\n\t\tt.Fatal(got)\n\t}\n\tif got := Size(12); got != "12 B" {\n\t\tt.Fatal(got)\n\t}\n}',
    ],
  ]),
  ...cases("java", "java", [
    [
      "Palindrome",
      "isPalindrome",
      "Ignore everything but letters and digits, and case.",
      "final class Palindrome {\n    static boolean isPalindrome(String text) {\n        return new StringBuilder(text).reverse().toString().equals(text);\n    }\n}",
      'class PalindromeTest {\n    public static void main(String[] args) {\n        if (!Palindrome.isPalindrome("Never odd, or even")) throw new AssertionError();\n        if (Palindrome.isPalindrome("odd")) throw new AssertionError();\n    }\n}',
    ],
    [
      "Percent",
      "of",
      "Give 0 for a whole of 0 instead of failing.",
      "final class Percent {\n    static int of(int part, int whole) {\n        return part * 100 / whole;\n    }\n}",
      "class PercentTest {\n    public static void main(String[] args) {\n        if (Percent.of(1, 0) != 0) throw new AssertionError();\n        if (Percent.of(1, 4) != 25) throw new AssertionError();\n    }\n}",
    ],
  ]),
  ...cases("rust", "rs", [
    [
      "words",
      "longest_word",
      "Give the first one where two words are equally long.",
      'pub fn longest_word(text: &str) -> &str {\n    text.split_whitespace()\n        .max_by_key(|word| word.len())\n        .unwrap_or("")\n}',
      'mod words;\n\nfn main() {\n    assert_eq!(words::longest_word("red fox ran"), "red");\n    assert_eq!(words::longest_word(""), "");\n}',
    ],
    [
      "digits",
      "digit_sum",
      "Count the digits of negative numbers without the sign.",
      "pub fn digit_sum(mut number: i64) -> i64 {\n    let mut sum = 0;\n    while number > 0 {\n        sum += number % 10;\n        number /= 10;\n    }\n    sum\n}",
      "mod digits;\n\nfn main() {\n    assert_eq!(digits::digit_sum(-123), 6);\n    assert_eq!(digits::digit_sum(45), 9);\n}",
    ],
  ]),
  ...cases("ruby", "rb", [
    [
      "tally",
      "top",
      "Order words of the same count by the alphabet.",
      "def top(words, count)\n  words.tally.sort_by { |_, times| -times }.first(count).map(&:first)\nend",
      'require_relative "tally"\n\nraise unless top(%w[b a c b], 3) == %w[b a c]',
    ],
  ]),
  ...cases("php", "php", [
    [
      "excerpt",
      "excerpt",
      "Do not cut a word in two.",
      "<?php\n\nfunction excerpt(string $text, int $most): string\n{\n    return strlen($text) <= $most ? $text : substr($text, 0, $most) . '…';\n}",
      "<?php\n\nrequire 'excerpt.php';\nif (excerpt('one two three', 9) !== 'one two…') {\n    exit(1);\n}",
    ],
  ]),
  ...cases("c", "c", [
    [
      "trim",
      "trim",
      "Do not read before the begin of a text of white space alone.",
      "#include <ctype.h>\n#include <string.h>\n\nvoid trim(char *text)\n{\n    char *end = text + strlen(text) - 1;\n    while (isspace((unsigned char)*end))\n        *end-- = '\\0';\n}",
      '#include <assert.h>\n#include <string.h>\n\nvoid trim(char *text);\n\nint main(void)\n{\n    char text[] = "a  ";\n    char blank[] = "   ";\n    trim(text);\n    trim(blank);\n    assert(strcmp(text, "a") == 0 && blank[0] == \'\\0\');\n    return 0;\n}',
    ],
  ]),
  ...cases("csharp", "cs", [
    [
      "Ordinal",
      "Of",
      "Numbers that end in 11, 12 and 13 take th.",
      'static class Ordinal\n{\n    public static string Of(int number)\n    {\n        return number + (number % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" };\n    }\n}',
      'if (Ordinal.Of(12) != "12th" || Ordinal.Of(22) != "22nd")\n{\n    throw new System.Exception();\n}',
    ],
  ]),
];

/** Rows: file, function, what is asked, code, test. */
function cases(
  language: CaseLanguage,
  extension: string,
  rows: [name: string, symbol: string, request: string, code: string, test: string][],
): EditCase[] {
  return rows.map(([name, symbol, request, code, test]) => ({
    ability: "edit",
    id: `edit-${language}-${name.toLowerCase()}`,
    group: `edit-${language}-${name.toLowerCase()}`,
    language,
    path: `${name}.${extension}`,
    symbol,
    request,
    code,
    test,
  }));
}

export const editCases: EditCase[] = [...typescript, ...python, ...others];
