#!/usr/bin/env python3
"""Builds the same guide with Theoria and with other generators, in turns, and prints what each costs.

    cargo build --release
    python3 benches/builders/run.py --zola zola --hugo hugo --eleventy /folder/with/node_modules

Give the programs that you have; others are left out. The guide has N chapters (--chapters, 1,000 if not said) of about
1,500 words, 20 formulas in the line and 5 on lines of their own, 2 blocks of code, a table, 2 footnotes and 4 links to
other chapters. Four in ten formulas occur nowhere else. Every run starts without output and without a cache. Zola and plain
Hugo and Eleventy leave formulas to the browser; Theoria, and the runs with `katex` in their name, set them.

CPU seconds are those of the process and all its children, peak memory is that of the largest of them. Ratios are medians of
the rounds' ratios, peer over Theoria: runs of one round stand next to each other, so that a slow machine is slow for both.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORDS = (
    "network kernel width depth limit gradient descent feature learning random matrix spectrum the of and a in is we that "
    "measure training loss noise score image patch local global mean variance exact finite infinite large small curve"
).split()
SHAPES = [
    r"\E[f_{%d}(x)^2]", r"\frac{\partial f}{\partial \theta_{%d}}", r"\sum_{i=1}^{n} x_i^{%d}", r"K^{(%d)}(x, x')",
    r"\sqrt{\lambda_{%d}}", r"\|w\|_2^{%d}", r"\mathcal{N}(0, \sigma_{%d}^2)", r"\int_0^1 t^{%d}\, dt",
    r"\hat\theta_{%d} \approx \theta^\star", r"O(n^{-%d})",
]
DISPLAYS = [
    r"\Theta^{(\ell+1)} = K^{(\ell+1)} + C_W\, \E[\sigma'(u)\,\sigma'(u')]\, \Theta^{(\ell)} + c_{%d}",
    r"\frac{d}{dt} f_t(x) = -\frac{1}{N} \sum_{a=1}^{N} \Theta(x, x_a)\, (f_t(x_a) - y_a) + \epsilon_{%d}",
    r"\begin{pmatrix} a_{%d} & b \\ c & d \end{pmatrix} \begin{pmatrix} x \\ y \end{pmatrix} = \begin{pmatrix} u \\ v \end{pmatrix}",
    r"\mathcal{L}(\theta) = \int p(x) \left( f(x; \theta) - y_{%d}(x) \right)^2 dx",
]
RUST = """/// Adds {i} to the sum of squares of a row.
pub fn squares_{i}(row: &[f64]) -> Result<f64, Error> {{
    let mut total = {i}.0;
    for (at, value) in row.iter().enumerate() {{
        if value.is_nan() {{
            return Err(Error::new(format!("no number at {{at}}")));
        }}
        total += value * value; // the {j}-th of them
    }}
    Ok(total.sqrt())
}}"""
PYTHON = """def train_{i}(model, data, steps={j}):
    # Plain gradient descent.
    for step in range(steps):
        loss = sum((model(x) - y) ** 2 for x, y in data) / len(data)
        if step % 100 == 0:
            print(f"step {{step}}: {{loss:.3f}}")
        model.step(0.1 * {i})
    return model"""


def formula(rng, shapes, index):
    """Four in ten occur nowhere else."""
    number = index * 100 + rng.randrange(100) if rng.random() < 0.4 else rng.randrange(20)
    return rng.choice(shapes) % number


def chapter(index, count, link):
    rng = random.Random(index)
    words = lambda n: " ".join(rng.choice(WORDS) for _ in range(n))
    inline, display, links = 20, 5, 4
    parts = []
    for paragraph in range(15):
        if paragraph % 4 == 0:
            parts.append(f"## Part {paragraph} of {index}")
        pieces = []
        for _ in range(4):
            pieces.append(words(25).capitalize())
            if inline and rng.random() < 0.45 or inline >= 4 * (15 - paragraph):
                inline -= 1
                pieces.append(f"where ${formula(rng, SHAPES, index)}$ holds")
            if links and rng.random() < 0.1:
                links -= 1
                pieces.append(f"as in {link(rng.randrange(count))}")
        text = " ".join(pieces) + "."
        if paragraph == 3:
            text += " *So it is*[^1], and **more**[^2]."
        parts.append(text)
        if display and paragraph % 3 == 1:
            display -= 1
            parts.append(f"$$\n{formula(rng, DISPLAYS, index)}\n$$")
        if paragraph in (5, 11):
            language, code = ("rust", RUST) if paragraph == 5 else ("python", PYTHON)
            parts.append(f"```{language}\n{code.format(i=index, j=rng.randrange(1000))}\n```")
        if paragraph == 8:
            rows = "\n".join(f"| {words(2)} | {rng.random():.3f} | {rng.randrange(100)} |" for _ in range(6))
            parts.append(f"| what | mean | count |\n|:--|--:|--:|\n{rows}")
    parts.append(f"[^1]: A note on {words(10)}.")
    parts.append(f"[^2]: Another on {words(10)}.")
    return "\n\n".join(parts) + "\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def name(index):
    return f"s{index // 50:03}", f"c{index % 50:02}"


def chapters(folder, count, head, link, section_file=None, section_text=None):
    """Writes all chapters: `head(index)` above each, `link(section, page)` for an address, and a file for each section."""
    for index in range(count):
        section, page = name(index)
        text = chapter(index, count, lambda to: f"[chapter {to}]({link(*name(to))})")
        write(folder / f"content/{section}/{page}.md", head(index) + text)
        if section_file:
            write(folder / f"content/{section}/{section_file}", section_text(section))


def dated(index):
    return f"---\ntitle: Chapter {index}\ndate: 2024-01-02\n---\n"


PAGE = "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def theoria(folder, count, highlight):
    write(folder / "theoria.yaml", "title: A large guide\nurl: https://example.org\nmacros:\n  \\E: \\mathbb{E}\n")
    write(folder / "content/index.md", "---\ntitle: A large guide\n---\nIt has many chapters.\n")
    chapters(folder, count, dated, lambda s, p: f"../{s}/{p}.md", "sequence-metadata.yaml", lambda s: f"title: Sequence {s}\n")


def zola(folder, count, highlight):
    colours = '[markdown.highlighting]\ntheme = "github-dark"\n' if highlight else ""
    write(folder / "config.toml", 'base_url = "https://example.org"\ntitle = "A large guide"\nbuild_search_index = true\ngenerate_feeds = true\n' + colours)
    write(folder / "templates/page.html", PAGE.format(title="{{ page.title }}", body="{{ page.content | safe }}"))
    lists = "{% for page in section.pages %}<a href='{{ page.permalink }}'>{{ page.title }}</a>{% endfor %}"
    write(folder / "templates/section.html", PAGE.format(title="{{ section.title }}", body=lists))
    write(folder / "templates/index.html", PAGE.format(title="{{ config.title }}", body="{{ section.content | safe }}"))
    write(folder / "content/_index.md", "+++\ntitle = 'Home'\n+++\n")
    head = lambda index: f"+++\ntitle = 'Chapter {index}'\ndate = 2024-01-02\n+++\n"
    chapters(folder, count, head, lambda s, p: f"@/{s}/{p}.md", "_index.md", lambda s: f"+++\ntitle = '{s}'\nsort_by = 'date'\n+++\n")


def hugo(folder, count, highlight, katex=False):
    passthrough = "[markup.goldmark.extensions.passthrough]\nenable = true\n[markup.goldmark.extensions.passthrough.delimiters]\nblock = [['$$', '$$']]\ninline = [['$', '$']]\n"
    colours = f"[markup.highlight]\nnoClasses = false\ncodeFences = {'true' if highlight else 'false'}\n"
    write(folder / "hugo.toml", "baseURL = 'https://example.org/'\ntitle = 'A large guide'\n[markup.goldmark.renderer]\nunsafe = true\n" + colours + passthrough)
    write(folder / "layouts/single.html", PAGE.format(title="{{ .Title }}", body="{{ .Content }}"))
    lists = "{{ range .Pages }}<a href='{{ .RelPermalink }}'>{{ .Title }}</a>{{ end }}"
    for kind in ("list", "home", "section"):
        write(folder / f"layouts/{kind}.html", PAGE.format(title="{{ .Title }}", body=lists))
    if katex:
        hook = '{{- $o := dict "displayMode" (eq .Type "block") "macros" (dict "\\\\E" "\\\\mathbb{E}") -}}{{- with try (transform.ToMath .Inner $o) -}}{{- with .Err }}{{ errorf "%s" . }}{{ else }}{{ .Value }}{{ end -}}{{- end -}}'
        write(folder / "layouts/_markup/render-passthrough.html", hook)
    chapters(folder, count, dated, lambda s, p: f"/{s}/{p}/", "_index.md", lambda s: f"---\ntitle: {s}\n---\n")


def eleventy(folder, count, highlight, katex=False):
    modules = Path(ARGS.eleventy).resolve()
    plugin = "config.addPlugin(require('@11ty/eleventy-plugin-syntaxhighlight'));" if highlight else ""
    math = "md.use(require('@vscode/markdown-it-katex').default, { macros: { '\\\\E': '\\\\mathbb{E}' } });" if katex else ""
    write(folder / "eleventy.config.js", f"""module.exports = function (config) {{
  {plugin}
  config.amendLibrary('md', md => {{ md.use(require('markdown-it-footnote')); {math} }});
  return {{ dir: {{ input: 'content', includes: '../layouts', output: 'public' }}, markdownTemplateEngine: false }};
}};""")
    write(folder / "layouts/page.njk", PAGE.format(title="{{ title }}", body="{{ content | safe }}"))
    write(folder / "content/content.json", '{"layout": "page.njk"}')
    chapters(folder, count, lambda index: f"---\ntitle: Chapter {index}\nlayout: page.njk\n---\n", lambda s, p: f"/{s}/{p}/")
    (folder / "node_modules").symlink_to(modules / "node_modules")


def mdbook(folder, count, highlight):
    write(folder / "book.toml", "[book]\ntitle = 'A large guide'\nsrc = 'content'\n[build]\nbuild-dir = 'public'\n")
    chapters(folder, count, lambda index: f"# Chapter {index}\n\n", lambda s, p: f"../{s}/{p}.md")
    entries = (f"- [Chapter {index}]({'/'.join(name(index))}.md)" for index in range(count))
    summary = ["# Summary", "", *entries]
    write(folder / "content/SUMMARY.md", "\n".join(summary) + "\n")


def measure(command, folder):
    """CPU seconds, wall seconds and peak memory in MiB of a command and its children."""
    for gone in ("public", ".theoria", "resources", ".cache"):
        shutil.rmtree(folder / gone, ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{complaint.decode(errors='replace')[:2000]}")
    pages = sum(1 for _ in (folder / "public").rglob("*.html"))
    if pages < ARGS.chapters:
        sys.exit(f"{command} made {pages} pages of {ARGS.chapters}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def runners(base):
    """Name, folder and command of each."""
    out = []

    def add(name, make, command, **options):
        folder = base / name.replace(" ", "-")
        make(folder, ARGS.chapters, **options)
        out.append((name, folder, command))

    add("theoria", theoria, [str(Path(ARGS.theoria).resolve()), "build"], highlight=True)
    if ARGS.zola:
        add("zola", zola, [ARGS.zola, "build", "--force"], highlight=True)
        add("zola, no highlighting", zola, [ARGS.zola, "build", "--force"], highlight=False)
    if ARGS.hugo:
        add("hugo", hugo, [ARGS.hugo, "--quiet", "--ignoreCache"], highlight=True)
        if ARGS.slow:
            add("hugo katex", hugo, [ARGS.hugo, "--quiet", "--ignoreCache"], highlight=True, katex=True)
    if ARGS.eleventy:
        command = ["node", str(Path(ARGS.eleventy).resolve() / "node_modules/@11ty/eleventy/cmd.cjs"), "--quiet"]
        add("eleventy", eleventy, command, highlight=True)
        add("eleventy katex", eleventy, command, highlight=True, katex=True)
    if ARGS.mdbook:
        add("mdbook", mdbook, [ARGS.mdbook, "build"], highlight=True)
    return out


def main():
    base = Path(tempfile.mkdtemp(prefix="builders-"))
    try:
        all_runs = runners(base)
        seen = {name: [] for name, _, _ in all_runs}
        for _ in range(ARGS.rounds):
            for name, folder, command in all_runs:
                seen[name].append(measure(command, folder))
        name, folder, command = all_runs[0]
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        again = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    finally:
        if not ARGS.keep:
            shutil.rmtree(base)
    print(f"{ARGS.chapters} chapters, {ARGS.rounds} rounds; peer over theoria in brackets")
    print(f"{'':24}{'CPU s':>18}{'wall s':>18}{'peak MiB':>18}{'cores busy':>12}")
    first = seen["theoria"]
    for name, runs in seen.items():
        cells = []
        for at in range(3):
            ratio = statistics.median(run[at] / own[at] for run, own in zip(runs, first))
            cells.append(f"{statistics.median(run[at] for run in runs):8.2f} ({ratio:5.2f}x)")
        busy = statistics.median(run[0] / run[1] for run in runs)
        print(f"{name:24}{cells[0]:>18}{cells[1]:>18}{cells[2]:>18}{busy:>12.2f}")
    print(f"{'theoria, nothing changed':24}{again:8.2f} CPU s, {again / statistics.median(run[0] for run in first):.0%} of the first build")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--theoria", default=str(HERE.parent.parent / "target/release/theoria"))
    parser.add_argument("--zola")
    parser.add_argument("--hugo")
    parser.add_argument("--mdbook")
    parser.add_argument("--eleventy", help="a folder whose node_modules holds @11ty/eleventy and its plugins")
    parser.add_argument("--chapters", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slow", action="store_true", help="Hugo with KaTeX too, which takes minutes")
    parser.add_argument("--keep", action="store_true", help="leave the generated guides")
    ARGS = parser.parse_args()
    main()
