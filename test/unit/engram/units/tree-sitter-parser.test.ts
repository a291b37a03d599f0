import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { grammarOf } from "../../../../src/engram/units/grammars.ts";
import { createUnitParser } from "../../../../src/engram/units/tree-sitter-parser.ts";
import type { ParsedText } from "../../../../src/engram/units/unit-parser.ts";

/** What every grammar finds in its small file: lines (from 1) of units with a `>` for each level, and names with lines. */
const expected: Record<string, { starts: string; defines: string; calls: string; imports: string }> = {
  "Cart.java": {
    starts: "1 3 4 5 7 >10 >11 >13 >18 >26 >28 >>29 33 >34 39",
    defines:
      "Cart:9 LIMIT:10 items:11 gifts:11 Cart:13 price:22 State:26 OPEN:26 PAID:26 Listener:28 changed:29 Item:33 copy:34 Entity:39",
    calls: "max:23 stream:23 mapToInt:23 price:23 sum:23 Item:35",
    imports: "java.util.List:3 List:3 java.lang.Math.max:4 max:4 shop.items:5 items:5",
  },
  "Clock.cs": {
    starts: "1 2 4 6 >10 >11 >13 >15 >17 >21 28 >30 >31 34 36 38 >40 43",
    defines:
      "Shop.Time:4 Clock:8 offset:10 Limit:11 Ticked:13 Clock:15 Now:19 Format:21 IClock:28 Now:30 Format:31 Zone:34 Utc:34 Local:34 Span:36 Tick:38 Count:40 Handler:43",
    calls: "WriteLine:23 Pad:23 ToString:23 Formatter:24 Run:24",
    imports: "System:1 Json:2 System.Text.Json:2",
  },
  "Counter.vue": {
    starts: "1 5 >6 >7 >9 >11 17",
    defines: "count:9 add:12",
    calls: "ref:9 next:13",
    imports: "ref:6 vue:6 Panel:7 ./Panel.vue:7",
  },
  "Deploy.ps1": {
    starts: "1 2 4 6 13 >14 >16 >20 26 31",
    defines: "$Target:4 Build-Image:7 Release:13 $Name:14 Release:16 Publish:20 Stage:26 Test:27 Live:28",
    calls: "using:1 Import-Module:2 Write-Log:9 ReadAllText:10 Send-Release:21 Log:22 Build-Image:31",
    imports: "Common:1 ./lib/Log.psm1:2",
  },
  "Mailer.php": {
    starts: "1 3 5 6 7 9 11 13 >21 >22 >24 33 >35 38 >40 43 48",
    defines:
      "Mail:3 LIMIT:11 Mailer:17 RETRIES:21 from:22 send:25 Sends:33 send:35 Logs:38 log:40 State:43 Open:45 helper:48",
    calls: "render:27 Html:27 log:28 post:29 push:29",
    imports: "App\\Models\\User:5 User:5 App\\Views:6 Html:6 Text:6 App\\render:7 render:7 /lib.php:9 Logs:19",
  },
  "Session.swift": {
    starts: "1 2 4 6 >9 >10 >12 >16 24 >25 28 >29 32 36 >37 40 42",
    defines:
      "limit:4 Session:8 client:9 retries:10 load:18 Sending:24 send:25 Request:28 user:29 State:32 open:33 closed:33 send:37 Handler:40 run:42",
    calls: "Request:19 send:20 body:20 print:42",
    imports: "Foundation:1 Models.User:2",
  },
  "Vault.sol": {
    starts: "1 4 5 7 9 >11 >12 >14 >16 >20 >22 >27 >31 39 >40 45 >46",
    defines:
      "LIMIT:7 Vault:10 Deposited:11 TooMuch:12 balances:14 Entry:16 from:17 State:20 Open:20 Closed:20 open:22 deposit:32 Maths:39 add:40 IToken:45 transferFrom:46",
    calls: "require:23 open:32 TooMuch:33 transferFrom:34 Deposited:35",
    imports: "./Token.sol:4 Owned:5 Safe:5 ./lib/Owned.sol:5",
  },
  "crawler.py": {
    starts: "1 3 5 6 7 8 10 11 14 >22 >26 >32 >>33 39",
    defines: "LIMIT:10 name:11 Crawler:16 depth:19 agent:20 __init__:22 pages:29 fetch:32 parse:33",
    calls:
      "dataclass:15 super:23 __init__:23 property:27 cached:28 fetch:30 take:30 loads:34 parse:36 get:36 Crawler:40 Queue:40",
    imports: "json:5 os.path:6 .queue:7 Queue:7 Task:7 ..base:8",
  },
  "deploy.sh": {
    starts: "1 4 5 7 8 10 17 23",
    defines: "TARGET:7 RETRIES:8 build:12 release:17",
    calls: "set:2 source:4 .:5 docker:13 log:14 build:18 publish:19 tee:19 release:23",
    imports: "./lib/common.sh:4 ./env.sh:5",
  },
  "pager.ts": {
    starts: "1 2 3 4 6 7 9 >11 >12 15 17 22 >27 >29 >33 43 >44 50 52 >53 56 >57",
    defines:
      "pageSize:6 cache:7 Page:10 rows:11 next:12 Order:15 Level:17 low:18 high:19 Pager:26 size:27 constructor:29 page:36 parseRows:43 one:44 byName:50 Legacy:52 open:53",
    calls:
      "Map:7 Service:25 logged:35 readFile:37 resolve:37 parseRows:38 slice:38 Row:45 split:47 map:47 localeCompare:50 describe:56 it:57 expect:58 Pager:58 page:58 toEqual:58",
    imports: "readFile:1 node:fs/promises:1 Store:2 Row:2 ./store.ts:2 paths:3 ../paths.ts:3 join:4 ./rows.ts:4",
  },
  "panel.tsx": {
    starts: "1 3 >4 7",
    defines: "Props:3 title:4 Panel:7",
    calls: "useState:8 Frame:10 setOpen:10 Arrow:12",
    imports: "useState:1 react:1",
  },
  "parser.rs": {
    starts: "1 3 4 5 7 9 10 12 19 24 >25 28 >29 >35 42 46 48 >49",
    defines:
      "tests:7 LIMIT:9 NAME:10 Node:14 kind:15 children:16 Kind:19 Leaf:20 Branch:21 Visitor:24 visit:25 leaf:31 walk:35 leaf:42 Names:46 inner:48 open:49",
    calls: "Node:32 Leaf:32 new:32 visit:36 iter:37 for_each:37 walk:37 println:38",
    imports: "std::collections:3 HashMap:3 HashSet:3 crate::lexer:4 super::Token:5 Token:5",
  },
  "player.dart": {
    starts: "1 3 4 5 7 9 >12 >13 >15 >16 >18 >25 28 >29 32 34 >35 38 40",
    defines:
      "limit:7 Player:11 track:12 volume:13 Player:15 Player:16 silent:16 play:20 name:25 Logs:28 log:29 State:32 playing:32 stopped:32 Names:34 title:35 Handler:38 main:40",
    calls: "open:21 log:22 toUpperCase:25 print:29 Player:41 Track:41 play:41",
    imports: "dart:io:3 package:media/media.dart:4 Track:4 src/list.dart:5",
  },
  "queue.rb": {
    starts: "1 2 4 >8 >>12 >>18 26 >27",
    defines: "Jobs:5 LIMIT:6 Queue:8 size:10 name:10 push:13 open:18 add:22",
    calls:
      "require:1 require_relative:2 include:9 attr_reader:10 write:14 dump:14 notify:15 new:19 describe:26 it:27 open:28 push:28",
    imports: "json:1 lib/store:2 Enumerable:9",
  },
  "ring.c": {
    starts: "1 2 4 5 7 9 15 17 18 20 34",
    defines:
      "CAPACITY:4 NEXT:5 slot_t:7 ring:10 items:11 head:12 state:15 EMPTY:15 FULL:15 count:17 ring_size:18 ring_push:24 ring_name:34",
    calls: "NEXT:26 on_push:29 printf:30 ring_size:30",
    imports: "stdio.h:1 ring.h:2",
  },
  "scene.cpp": {
    starts: "1 2 4 6 >8 >10 >>14 >>15 >>17 >>19 >25 >29 >31 >33 41",
    defines:
      "engine:6 kLimit:8 Shape:12 Shape:14 ~Shape:15 area:18 operator==:19 size_:22 Point:25 x:26 Color:29 red:29 green:29 Points:31 draw:33 main:41",
    calls: "make_unique:34 move:35 Point:36 run:41",
    imports: "vector:1 scene.hpp:2 std::vector:4 vector:4",
  },
  "server.js": {
    starts: "1 3 4 6 8 13 >14 >16 21 >22 >25 28 30",
    defines: "http:3 start:9 Router:13 #routes:14 add:16 handlers:21 index:22 missing:25 lazy:28",
    calls:
      "require:3 require:4 createServer:10 listen:10 Map:14 set:17 join:17 end:23 writeHead:25 test:30 Router:31 add:31",
    imports: "http:3 node:http:3 join:4 resolve:4 node:path:4 ./lazy.js:28",
  },
  "store.go": {
    starts: "1 4 9 11 13 18 24 >25 28 >29 >30 33 45",
    defines: "limit:11 first:14 names:15 Row:19 ID:20 Name:21 Reader:24 Read:25 ID:29 Store:30 rows:30 Read:36 open:45",
    calls: "Errorf:42 log:46 ToUpper:46 New:47",
    imports: "fmt:5 strings:6 embed:9",
  },
  "theme.css": {
    starts: "1 2 4 8 14 >15 20",
    defines: "--accent:5 panel:9 main:10 panel:15 fade:20",
    calls: "",
    imports: "base.css:1 fonts.css:2",
  },
};

const fixtures = join(import.meta.dirname, "../../../../fixtures/units");
const parser = createUnitParser();

beforeAll(async () => {
  await parser.prepare(Object.keys(expected));
});

const textOf = (name: string): string => readFileSync(join(fixtures, `${name}.txt`), "utf8");

function outline(parsed: ParsedText | null): (typeof expected)[string] {
  const names = (role: string) =>
    (parsed?.names ?? []).filter((name) => name.role === role).map(({ name, line }) => `${name}:${line + 1}`);
  return {
    starts: (parsed?.starts ?? []).map(({ line, depth }) => ">".repeat(depth) + (line + 1)).join(" "),
    defines: names("defines").join(" "),
    calls: names("calls").join(" "),
    imports: names("imports").join(" "),
  };
}

describe("every grammar", () => {
  it("has a file here", () => {
    expect(readdirSync(fixtures).map((name) => name.replace(/\.txt$/, ""))).toEqual(Object.keys(expected).sort());
    expect(new Set(Object.keys(expected).map(grammarOf)).size).toBe(19);
  });

  it.each(Object.keys(expected))("finds units and names in %s", (name) => {
    expect(outline(parser.parse(name, textOf(name)))).toEqual(expected[name]);
  });

  it.each(Object.keys(expected))("finds the same in %s with CRLF and a byte order mark", (name) => {
    const text = `\uFEFF${textOf(name).replaceAll("\n", "\r\n")}`;

    expect(outline(parser.parse(name, text))).toEqual(expected[name]);
  });

  it.each(Object.keys(expected))("takes every beginning of %s, however broken, and nothing at all", (name) => {
    const text = textOf(name);
    for (let end = 0; end < text.length; end += 97) {
      const cut = text.slice(0, end);
      const parsed = parser.parse(name, cut);
      const lines = cut.split("\n").length;

      expect(parsed?.starts.every(({ line }) => line < lines)).toBe(true);
      expect(parsed?.starts.every(({ line }, i, starts) => i === 0 || line > (starts[i - 1]?.line ?? 0))).toBe(true);
      expect(parsed?.names.every(({ line, name: found }) => line < lines && cut.includes(found))).toBe(true);
    }
  });
});

describe("names and lines", () => {
  it("counts as JavaScript does beyond the basic plane", () => {
    const parsed = parser.parse("a.ts", 'const s = "😀𝒳"; call𝒳("😀"); other();\n// 😀\nfunction ünit𝒳() {}\n');

    expect(outline(parsed)).toEqual({ starts: "1 2", defines: "s:1 ünit𝒳:3", calls: "call𝒳:1 other:1", imports: "" });
  });

  it("keeps what it understands around what it does not", () => {
    const parsed = parser.parse("a.ts", "function a() { b( }\n\n<<<<<<< HEAD\n\nclass C {\n  d() { e(); }\n}\n");

    expect(outline(parsed).defines).toContain("C:5 d:6");
    expect(outline(parsed).calls).toContain("e:6");
  });

  it("gives comments and decorators to the unit right below, and to no other", () => {
    const text = "// far\n\n// near\n@a()\n// between\n@b\nclass C {} // beside\nclass D {}\n\n/* last */\n";

    expect(outline(parser.parse("a.ts", text)).starts).toBe("1 3 8 10");
  });

  it("reads a Vue script in its own language, and a component without one", () => {
    const script = (lang: string) => `<script${lang}>\nconst a = <p/>;\nf<T>(1);\n</script>\n`;

    expect(outline(parser.parse("A.vue", "<template>\n  <p />\n</template>\n")).starts).toBe("1");
    expect(outline(parser.parse("A.vue", script(' lang="ts"'))).calls).toBe("f:3");
    expect(outline(parser.parse("A.vue", script(""))).starts).toBe("1 >2 >3");
  });
});

describe("what is not parsed", () => {
  it("is whatever has no grammar, and texts over the limit", () => {
    expect(parser.parse("a.kt", "fun a() {}")).toBeNull();
    expect(parser.parse("a.bin", "")).toBeNull();
    expect(parser.parse("a.ts", `f();${" ".repeat(256 * 1024 - 4)}`)?.starts).toHaveLength(1);
    expect(parser.parse("a.ts", `f();${" ".repeat(256 * 1024 - 3)}`)).toBeNull();
    expect(parser.parse("a.ts", `f();${"ü".repeat(128 * 1024)}`)).toBeNull();
  });

  it("is what a grammar would chew on for minutes", () => {
    expect(parser.parse("a.ts", "(".repeat(100_000))).toBeNull();
    expect(parser.parse("a.py", "\\\n".repeat(20_000))).toBeNull();
    expect(parser.parse("a.swift", "\"'`".repeat(10_000))).toBeNull();
    expect(outline(parser.parse("a.ts", "f();")).calls).toBe("f:1");
  });

  it("is an error where the grammar was not prepared", async () => {
    vi.resetModules();
    const fresh = await import("../../../../src/engram/units/tree-sitter-parser.ts");

    expect(() => fresh.createUnitParser().parse("a.ts", "f();")).toThrow(/not prepared/);
  });
});

it("names every package that decides about the result", () => {
  expect(parser.version).toMatch(
    /^units \d+, web-tree-sitter 0\.\S+, @vscode\/tree-sitter-wasm \S+, @repomix\/tree-sitter-wasms \S+$/,
  );
});

it("does not grow with the texts it has read", () => {
  const text = textOf("pager.ts").repeat(30);
  const read = (times: number) => {
    for (let i = 0; i < times; i++) parser.parse("a.ts", text);
    return process.memoryUsage().rss;
  };
  const before = read(5);

  // A tree of this text takes more than a megabyte.
  expect(read(60) - before).toBeLessThan(60 * 1024 * 1024);
});
