import type { CaseLanguage, EditCase } from "./case.ts";

interface Programs {
  /** Of the file that is edited. */
  ending: string;
  /** The function alone where it is all that the file holds. */
  form: EditCase["form"];
  /** The test and what the tools ask for, by path. */
  besides: (name: string, test: string) => Record<string, string>;
  /** Runs the test; a line for `sh -c`. What is compiled goes where the commands before left nothing. */
  command: (name: string) => string;
}

/** How a case of each language is run: with what comes with the language alone, nothing is fetched. */
export const programs: Partial<Record<CaseLanguage, Programs>> = {
  javascript: {
    ending: "mjs",
    form: "symbol",
    besides: (name, test) => ({ [`${name}.test.mjs`]: test }),
    command: (name) => `node ${name}.test.mjs`,
  },
  python: {
    ending: "py",
    form: "symbol",
    besides: (name, test) => ({ [`test_${name}.py`]: test }),
    command: (name) => `python3 test_${name}.py`,
  },
  go: {
    ending: "go",
    form: "file",
    besides: (name, test) => ({ [`${name}_test.go`]: test, "go.mod": `module example.com/${name}\n\ngo 1.18\n` }),
    command: () => "go test ./...",
  },
  java: {
    ending: "java",
    form: "file",
    besides: (name, test) => ({ [`${name}Test.java`]: test }),
    command: (name) => `javac -d out ${name}.java ${name}Test.java && java -cp out ${name}Test`,
  },
  rust: {
    ending: "rs",
    form: "symbol",
    besides: (name, test) => ({ [`${name}_test.rs`]: test }),
    command: (name) => `rustc --edition 2021 -o ${name}_test ${name}_test.rs && ./${name}_test`,
  },
  c: {
    ending: "c",
    form: "file",
    besides: (name, test) => ({ [`${name}_test.c`]: test }),
    command: (name) => `cc -o ${name}_test ${name}.c ${name}_test.c && ./${name}_test`,
  },
};
