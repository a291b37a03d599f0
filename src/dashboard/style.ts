/** Contrast of all text is 7 to 1 at least, in light and in dark. */
export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --ground: #fff; --part: #f6f7f9; --text: #1b1f24; --quiet: #4a515a; --line: #c9d0d8; --link: #0747a6; --good: #0b5a2a; --bad: #98121b; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #12161b; --part: #1b2129; --text: #e8ebef; --quiet: #b4bcc6; --line: #3a434e; --link: #9cc7ff; --good: #84dba0; --bad: #ffabab; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 0 1rem 3rem; background: var(--ground); color: var(--text); }
header { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: center; }
h1 { font-size: 1.5rem; margin: 1rem 0 0.5rem; }
.live { margin: 0; flex: 1; }
h2 { font-size: 1.2rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 1rem 0 0.25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; margin: 0; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
section { margin: 1rem 0; padding: 1rem; background: var(--part); border-radius: 6px; scroll-margin-top: 1rem; }
a { color: var(--link); }
a, code, pre, summary { overflow-wrap: anywhere; }
th, td { overflow-wrap: break-word; max-width: 32rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; display: inline-block; padding: 0.5rem; }
.table { overflow-x: auto; margin: 0.5rem 0 1rem; }
table { border-collapse: collapse; min-width: 60%; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.25rem; }
th, td { padding: 0.25rem 1.5rem 0.25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; }
.quiet, .empty { color: var(--quiet); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.mark { border: 1px solid currentcolor; border-radius: 3px; padding: 0 0.4em; margin-left: 0.5em; font-weight: 600; font-size: 0.875em; white-space: nowrap; }
details { border-top: 1px solid var(--line); padding: 0.4rem 0; }
details > summary { cursor: pointer; }
details[open] > summary { font-weight: 600; }
ul { padding-left: 1.25rem; margin: 0.25rem 0; }
pre { white-space: pre-wrap; margin: 0.25rem 0; padding: 0.5rem; background: var(--ground); border-left: 3px solid var(--line); font-size: 0.875rem; max-height: 20rem; overflow: auto; }
pre.prose { font: inherit; }
button, input { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px; padding: 0.25rem 0.75rem; }
input[type=checkbox] { accent-color: var(--link); }
.login { display: grid; gap: 0.5rem; max-width: 26rem; justify-items: start; }
.login input { width: 100%; }
`;
