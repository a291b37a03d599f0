import type { EditListing } from "./case.ts";

export const editPython: EditListing[] = [
  {
    name: "roman",
    symbol: "roman",
    request: "Raise ValueError for numbers below 1.",
    code: `
def roman(number):
    """Roman numeral of a number."""
    signs = [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    text = ""
    for value, sign in signs:
        while number >= value:
            text += sign
            number -= value
    return text`,
    solution: `
def roman(number):
    """Roman numeral of a number."""
    if number < 1:
        raise ValueError("number must be at least 1")
    signs = [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    text = ""
    for value, sign in signs:
        while number >= value:
            text += sign
            number -= value
    return text`,
    test: `
from roman import roman

assert roman(14) == "XIV"
try:
    roman(0)
    raise SystemExit("no error")
except ValueError:
    pass`,
  },
  {
    name: "flatten",
    symbol: "flatten",
    request: "Keep texts whole instead of taking them apart.",
    code: `
def flatten(items):
    for item in items:
        try:
            yield from flatten(item)
        except TypeError:
            yield item`,
    solution: `
def flatten(items):
    for item in items:
        if isinstance(item, str):
            yield item
            continue
        try:
            yield from flatten(item)
        except TypeError:
            yield item`,
    test: `
from flatten import flatten

assert list(flatten([1, [2, ["ab", 3]]])) == [1, 2, "ab", 3]`,
  },
  {
    name: "window",
    symbol: "moving_average",
    request: "Give nothing where there are fewer values than the window has places.",
    code: `
def moving_average(values, size):
    averages = [sum(values[:size]) / size]
    for at in range(size, len(values)):
        averages.append(averages[-1] + (values[at] - values[at - size]) / size)
    return averages`,
    solution: `
def moving_average(values, size):
    if len(values) < size:
        return []
    averages = [sum(values[:size]) / size]
    for at in range(size, len(values)):
        averages.append(averages[-1] + (values[at] - values[at - size]) / size)
    return averages`,
    test: `
from window import moving_average

assert moving_average([2, 4, 6], 2) == [3, 5]
assert moving_average([2], 2) == []`,
  },
  {
    name: "merge",
    symbol: "merge",
    request: "Merge dictionaries inside dictionaries too, and change neither of the two.",
    code: `
def merge(base, change):
    base.update(change)
    return base`,
    solution: `
def merge(base, change):
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(old, value) if both else value
    return merged`,
    test: `
from merge import merge

base = {"a": {"x": 1}, "b": 2}
assert merge(base, {"a": {"y": 3}}) == {"a": {"x": 1, "y": 3}, "b": 2}
assert base == {"a": {"x": 1}, "b": 2}`,
  },
  {
    name: "slug",
    symbol: "slug",
    request: "No dash at the begin or the end, and never two in a row.",
    code: `
def slug(title):
    return "".join(sign if sign.isalnum() else "-" for sign in title.lower())`,
    solution: `
def slug(title):
    text = "".join(sign if sign.isalnum() else " " for sign in title.lower())
    return "-".join(text.split())`,
    test: `
from slug import slug

assert slug("  Hello, World! ") == "hello-world"`,
  },
  {
    name: "sizes",
    symbol: "parse_size",
    request: "Accept the units in small letters too, and white space before them.",
    code: `
def parse_size(text):
    units = {"K": 1000, "M": 1000**2, "G": 1000**3}
    if text[-1] in units:
        return int(text[:-1]) * units[text[-1]]
    return int(text)`,
    solution: `
def parse_size(text):
    units = {"K": 1000, "M": 1000**2, "G": 1000**3}
    text = text.strip().upper()
    if text[-1] in units:
        return int(text[:-1].strip()) * units[text[-1]]
    return int(text)`,
    test: `
from sizes import parse_size

assert parse_size("2K") == 2000
assert parse_size("3 m") == 3000000
assert parse_size("17") == 17`,
  },
  {
    name: "rotate",
    symbol: "rotate",
    request: "Work for steps that are negative or longer than the list, and for an empty list.",
    code: `
def rotate(items, steps):
    if steps > len(items):
        raise IndexError("too many steps")
    return items[steps:] + items[:steps]`,
    solution: `
def rotate(items, steps):
    if not items:
        return []
    steps %= len(items)
    return items[steps:] + items[:steps]`,
    test: `
from rotate import rotate

assert rotate([1, 2, 3, 4], 1) == [2, 3, 4, 1]
assert rotate([1, 2, 3], 7) == [2, 3, 1]
assert rotate([1, 2, 3], -1) == [3, 1, 2]
assert rotate([], 5) == []`,
  },
  {
    name: "settings",
    symbol: "read_settings",
    request: "Skip empty lines and lines that begin with #, and strip white space around keys and values.",
    code: `
def read_settings(text):
    settings = {}
    for line in text.splitlines():
        key, value = line.split("=", 1)
        settings[key] = value
    return settings`,
    solution: `
def read_settings(text):
    settings = {}
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        key, value = line.split("=", 1)
        settings[key.strip()] = value.strip()
    return settings`,
    test: `
from settings import read_settings

assert read_settings("a=1\\n\\n# note\\n b = x = y \\n") == {"a": "1", "b": "x = y"}`,
  },
  {
    name: "pairs",
    symbol: "pairs",
    request: "Take any iterable, not only lists.",
    code: `
def pairs(items):
    return [(items[at], items[at + 1]) for at in range(len(items) - 1)]`,
    solution: `
def pairs(items):
    items = list(items)
    return [(items[at], items[at + 1]) for at in range(len(items) - 1)]`,
    test: `
from pairs import pairs

assert list(pairs([1, 2, 3])) == [(1, 2), (2, 3)]
assert list(pairs(iter("abc"))) == [("a", "b"), ("b", "c")]
assert list(pairs(iter([]))) == []`,
  },
  {
    name: "cart",
    symbol: "total",
    request: "Take an optional discount in percent, 0 by default, off the sum, and never give less than 0.",
    code: `
def total(lines):
    return sum(price * count for price, count in lines)`,
    solution: `
def total(lines, discount=0):
    whole = sum(price * count for price, count in lines)
    return max(0, whole * (100 - discount) / 100)`,
    test: `
from cart import total

assert total([(10, 2), (5, 1)]) == 25
assert total([(10, 2)], discount=50) == 10
assert total([(10, 1)], discount=150) == 0`,
  },
];
