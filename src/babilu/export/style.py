"""Style of exported pages: light and dark as the reader's system, no script, nothing that is fetched."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --paper: #f6f5f2; --card: #fff; --own: #e3efe6; --ink: #1d1f21; --faint: #62676d;
  --line: #dcdad4; --accent: #1f6f4a; --mark: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --card: #202428; --own: #1d3329; --ink: #e7e6e3; --faint: #a0a6ad; --line: #33383e;
    --accent: #7fd1a6; --mark: #e0b265; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main, header.top, footer { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header.top { padding-top: 2rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { position: sticky; top: 0; margin: 1.5rem 0 .5rem; padding: .3rem 0; background: var(--paper); color: var(--faint);
  font-size: .9rem; font-weight: 600; text-align: center; }
p { margin: 0; }
a { color: var(--accent); }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.about, footer, time, .marks, figcaption { color: var(--faint); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; }
.message { margin: .5rem 0; padding: .5rem .8rem; max-width: 85%; width: fit-content; background: var(--card);
  border: 1px solid var(--line); border-radius: .9rem; overflow-wrap: anywhere; }
.message.own { margin-left: auto; background: var(--own); }
.message:target { outline: 2px solid var(--accent); }
.line { margin: .6rem 0; color: var(--faint); font-size: .9rem; text-align: center; overflow-wrap: anywhere; }
.who { font-weight: 600; }
.message time, .marks { font-size: .8rem; }
.marks { color: var(--mark); }
.text { white-space: pre-wrap; margin-top: .1rem; }
.gone { color: var(--faint); font-style: italic; }
blockquote { margin: .3rem 0; padding: .1rem .6rem; border-left: 3px solid var(--accent); color: var(--faint);
  white-space: pre-wrap; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { margin: .3rem 0; padding: .5rem; overflow-x: auto; background: var(--paper); border-radius: .4rem; }
.spoiler { background: var(--ink); color: var(--ink); }
.spoiler:hover, .spoiler:focus { background: none; }
figure { margin: .4rem 0; }
img { display: block; max-width: 100%; height: auto; border-radius: .5rem; }
audio { width: 100%; }
.reactions { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .3rem; font-size: .85rem; }
.reactions li { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--paper); }
.pages { display: flex; flex-wrap: wrap; gap: 1rem; padding: 1rem 0; }
.list li { border-bottom: 1px solid var(--line); }
.list a { display: block; padding: .6rem 0; text-decoration: none; }
.list a:hover b { text-decoration: underline; }
footer { padding-top: 2rem; padding-bottom: 3rem; font-size: .85rem; }
@media print { body { background: none; } .message { break-inside: avoid; } .pages, .skip { display: none; }
  .spoiler { background: none; } }
"""

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:; base-uri 'none';"
    " form-action 'none'"
)
"""What a page may do, for a browser that asks: show what lies beside it, run nothing and fetch nothing."""
