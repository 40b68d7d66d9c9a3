//! Bad input, and the mistakes that are told of it.

use theoria::guide::mistake::Code;

/// Files, and every mistake in them, as `path:line:column code: text`.
pub struct Case {
    pub code: Code,
    pub files: &'static str,
    pub told: &'static [&'static str],
}

pub const fn case(code: Code, files: &'static str, told: &'static [&'static str]) -> Case {
    Case { code, files, told }
}

pub const PAGES: &[Case] = &[
    case(
        Code::BadValue,
        "== theoria.yaml ==\ncontent: ../outside\ntemplates: true\nquestions: [a.json, b.yaml]\n== content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "theoria.yaml:1:1 bad-value: `content` should be a folder inside of the site's, other than `static` and `public`",
            "theoria.yaml:2:1 bad-value: `templates` should be a folder inside of the site's, or `false` if no template is",
            "theoria.yaml:3:1 bad-value: `questions` should be a file inside of the site's folder that ends in `.json`",
        ],
    ),
    case(
        Code::BadFrontMatter,
        "== content/a.md ==\nWords without a head.\n",
        &["content/a.md:1:1 warning bad-front-matter: this page has no front matter; it is called 'A' for now"],
    ),
    case(
        Code::BadFrontMatter,
        "== content/a.md ==\n---\ntitle: A\n\nWords.\n",
        &["content/a.md:1:1 bad-front-matter: the front matter that begins here is never closed"],
    ),
    case(
        Code::BadFrontMatter,
        "== content/a.md ==\n---\ntitle: A\nauthor: [one, two\ndate: 2020-01-01\n---\nWords.\n",
        &["content/a.md:4:5 bad-front-matter: the front matter cannot be read: did not find expected ',' or ']'"],
    ),
    case(
        Code::BadFrontMatter,
        "== content/a.md ==\n---\ntitle: Größe: klein\n---\nWords.\n",
        &[
            "content/a.md:2:13 bad-front-matter: the front matter cannot be read: mapping values are not allowed in this context",
        ],
    ),
    case(
        Code::BadFrontMatter,
        "== content/a.md ==\n---\njust words\n---\nWords.\n",
        &["content/a.md:2:1 bad-front-matter: the front matter cannot be read: expected `key: value` lines"],
    ),
    case(
        Code::UnknownKey,
        "== content/a.md ==\n---\ntitle: A\ntilte: B\nauthr: C\nmine: D\n---\nWords.\n",
        &[
            "content/a.md:3:1 unknown-key: there is no key `tilte`",
            "content/a.md:4:1 unknown-key: there is no key `authr`",
        ],
    ),
    case(
        Code::UnknownKey,
        "== theoria.yaml ==\ntitle: A\nvariabels: {}\ncells:\n  time_limt: 3\n== content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "theoria.yaml:2:1 unknown-key: there is no key `variabels`",
            "theoria.yaml:4:3 unknown-key: there is no key `time_limt`",
        ],
    ),
    case(
        Code::UnknownKey,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.question #q-a statsu=open}\nWhy?\n:::\n",
        &["content/a.md:4:1 unknown-key: there is no key `statsu`"],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\nhidden: perhaps\nsequence_order: first\nauthor: [{nam: x}]\ndate: soon\n---\nWords.\n",
        &[
            "content/a.md:3:1 bad-value: `hidden` should be `true` or `false`",
            "content/a.md:4:1 bad-value: `sequence_order` should be a number",
            "content/a.md:5:11 unknown-key: there is no key `nam`",
            "content/a.md:6:1 bad-value: `date` should be a date such as 2023-06-21",
        ],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.question #wrong}\nWhy?\n:::\n\n::: {.question #q-empty}\n:::\n",
        &[
            "content/a.md:4:1 bad-value: a question needs a label that begins with `q-`, and the question itself",
            "content/a.md:8:1 bad-value: a question needs a label that begins with `q-`, and the question itself",
        ],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.note\nWords.\n:::\n\n::: {.question #q-a status=unsure}\nWhy?\n:::\n",
        &[
            "content/a.md:4:1 bad-value: the attributes of this block cannot be read",
            "content/a.md:8:1 bad-value: `status` should be `open`, `partly-answered` or `answered`",
        ],
    ),
    case(
        Code::UnknownKey,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.theorm}\nTrue.\n:::\n\n::: {.lemma tilte=\"B\"}\nTrue.\n:::\n\n::: {.columns}\nTwo.\n:::\n",
        &[
            "content/a.md:4:1 unknown-key: there is no kind of block `theorm`",
            "content/a.md:8:1 unknown-key: there is no key `tilte`",
        ],
    ),
    case(
        Code::MissingLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.theorem title=\"Ä by @thm-none\"}\nTrue.\n:::\n\n##> By @sec-none\nWords.\n<##\n",
        &[
            "content/a.md:4:27 missing-label: nothing has the label `thm-none`",
            "content/a.md:8:8 missing-label: nothing has the label `sec-none`",
        ],
    ),
    case(
        Code::BadConfig,
        "== theoria.yaml ==\ntitle: [A\n== content/a.md ==\n---\ntitle: A\n---\n",
        &["theoria.yaml:2:1 bad-config: this file cannot be read: did not find expected ',' or ']'"],
    ),
    case(
        Code::BadConfig,
        "== content/s/sequence-metadata.yaml ==\n- one\n== content/s/a.md ==\n---\ntitle: A\n---\n",
        &["content/s/sequence-metadata.yaml:1:1 bad-config: this file cannot be read: expected `key: value` lines"],
    ),
    case(
        Code::MissingTitle,
        "== content/s/01-a.md ==\n---\ndate: 2020-01-01\n---\nWords.\n",
        &["content/s/01-a.md:1:1 missing-title: this page has no title"],
    ),
    case(
        Code::NotUtf8,
        "== content/a.md ==\n---\ntitle: A\n---\nä ␀ b\n== theoria.yaml ==\ntitle: ␀\n== content/s/sequence-metadata.yaml ==\n␀\n\
         == content/s/b.md ==\n---\ntitle: B\n---\n== templates/page.html ==\né␀\n",
        &[
            "content/a.md:4:3 not-utf8: this file is not UTF-8 text",
            "content/s/sequence-metadata.yaml:1:1 not-utf8: this file is not UTF-8 text",
            "templates/page.html:1:2 not-utf8: this file is not UTF-8 text",
            "theoria.yaml:1:8 not-utf8: this file is not UTF-8 text",
        ],
    ),
    case(
        Code::EmptyContent,
        "== theoria.yaml ==\ntitle: A\n== content/picture.png ==\nx\n",
        &["content:1:1 empty-content: there is no page: the folder `content` holds no file that ends in `.md`"],
    ),
    case(
        Code::DuplicateUrl,
        "== content/01-a.md ==\n---\ntitle: A\n---\n== content/a/index.md ==\n---\ntitle: B\n---\n== content/claims.md ==\n---\ntitle: C\n---\n",
        &[
            "content/a/index.md:1:1 duplicate-url: two pages would be written to '/a/'",
            "content/claims.md:1:1 duplicate-url: two pages would be written to '/claims/'",
        ],
    ),
    case(
        Code::DuplicateUrl,
        "== content/questions/a.md ==\n---\ntitle: A\n---\n",
        &["content/questions/a.md:1:1 duplicate-url: two pages would be written to '/questions/'"],
    ),
    case(
        Code::DuplicateUrl,
        "== content/a.md ==\n---\ntitle: A\n---\n== content/a/index.html ==\n<p>\n== content/01-s/x.csv ==\n1\n== content/02-s/x.csv ==\n2\n",
        &[
            "content/02-s/x.csv:1:1 duplicate-url: two pages would be written to '/s/x.csv'",
            "content/a/index.html:1:1 duplicate-url: two pages would be written to '/a/index.html'",
        ],
    ),
];

pub const LABELS: &[Case] = &[
    case(
        Code::MissingLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.question #q-width}\nWhy?\n:::\n\n{od: witdh}\n",
        &["content/a.md:8:1 missing-label: there is no question `witdh`"],
    ),
    case(
        Code::BadQuestions,
        "== openquestions/questions.json ==\n[\n  {\"id\": \"od-1\", \"title\": \"Why?\",}\n]\n== content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "openquestions/questions.json:2:34 bad-questions: this file of questions cannot be read: a comma stands before the end",
        ],
    ),
    case(
        Code::BadQuestions,
        "== openquestions/questions.json ==\n[\n  {\"id\": \"od-1\", \"title\": \"Why?\", \"sequence\": \"kernel\", \"context_post\": \"kernels/won\"},\n\
         \x20 {\"slug\": \"b\", \"titel\": \"How?\"},\n\
         \x20 {\"slug\": \"c\", \"title\": \"What $x$?\", \"status\": \"opn\", \"context_post\": \"one\", \"context_section\": \"prat\"},\n\
         \x20 {\"slug\": \"d\", \"title\": \"See @q-none and $\\\\undefined$\", \"status\": \"open\", \"answered_by\": \"us\", \"asked\": \"May\"}\n]\n\
         == openquestions/od-2.md ==\nNobody asked.\n\
         == content/kernels/one.md ==\n---\ntitle: One\n---\n## Part\n\n{{od}}\n",
        &[
            "content/kernels/one.md:6:1 unfilled-hole: nothing is known of `{{od}}`",
            "openquestions/od-2.md:1:1 warning bad-questions: no question in the file of questions beside this one is called `od-2`",
            "openquestions/questions.json:2:47 bad-questions: there is no sequence `kernel`",
            "openquestions/questions.json:2:73 bad-questions: there is no page `kernels/won`",
            "openquestions/questions.json:3:3 bad-questions: this file of questions cannot be read: a question needs an `id`",
            "openquestions/questions.json:3:17 unknown-key: there is no key `titel`",
            "openquestions/questions.json:4:49 bad-value: `status` should be `open`, `partly-answered` or `answered`",
            "openquestions/questions.json:4:98 bad-questions: that page has no section `prat`",
            "openquestions/questions.json:5:26 missing-label: nothing has the label `q-none`",
            "openquestions/questions.json:5:26 bad-formula: this formula cannot be typeset:",
            "openquestions/questions.json:5:69 bad-questions: it is said by what this question is answered, and that it is",
            "openquestions/questions.json:5:107 bad-questions: `May` is no day on which a question could be asked",
        ],
    ),
    case(
        Code::BadQuestions,
        "== theoria.yaml ==\nquestions: asked/all.json\n== content/a.md ==\n---\ntitle: A\n---\n::: {.question #q-a status=open by=\"@q-a\" asked=soon}\nWhy?\n:::\n",
        &[
            "asked/all.json:1:1 bad-questions: there is no file of questions 'asked/all.json'",
            "content/a.md:4:1 bad-questions: `soon` is no day on which a question could be asked",
            "content/a.md:4:1 bad-questions: it is said by what this question is answered, and that it is open",
        ],
    ),
    case(
        Code::DuplicateLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n# One {#sec-one}\n\n::: {.question #q-a}\nWhy?\n:::\n\n$$\nx \\label{eq-x}\n$$\n\n\
         ::: {.theorem #thm-a}\nTrue.\n:::\n\
         == content/b.md ==\n---\ntitle: B\n---\n# Two {#sec-one}\n\n::: {.question #q-a}\nHow?\n:::\n\n$$y \\label{eq-x}$$\n\n\
         ::: {.lemma #thm-a}\nFalse.\n:::\n",
        &[
            "content/b.md:4:1 duplicate-label: the label `sec-one` is given twice",
            "content/b.md:6:1 duplicate-label: the label `q-a` is given twice",
            "content/b.md:10:1 duplicate-label: the label `eq-x` is given twice",
            "content/b.md:12:1 duplicate-label: the label `thm-a` is given twice",
        ],
    ),
    case(
        Code::DuplicateLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n```\n\n```rust cell\n//| label: one\n```\n",
        &["content/a.md:8:1 duplicate-label: the label `one` is given twice"],
    ),
    case(
        Code::DuplicateLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n## One {#place}\n\n## Two {#place}\n\n::: {.note #place}\nWords.\n:::\n",
        &[
            "content/a.md:6:1 duplicate-label: the label `place` is given twice",
            "content/a.md:8:1 duplicate-label: the label `place` is given twice",
        ],
    ),
    case(
        Code::MissingLabel,
        "== content/a.md ==\n---\ntitle: A\n---\n# One {#sec-one}\n\nÄ: see @sec-on, *and @eq-none*.\n\n- as in @ch-a and @ch-b\n",
        &[
            "content/a.md:6:8 missing-label: nothing has the label `sec-on`",
            "content/a.md:6:22 missing-label: nothing has the label `eq-none`",
            "content/a.md:8:19 missing-label: nothing has the label `ch-b`",
        ],
    ),
    case(
        Code::UnfilledHole,
        "== theoria.yaml ==\nvariables:\n  PAPER: https://a.example\n== content/a.md ==\n---\ntitle: A\n---\n\
         A {{PAPR}}, a [link]({{OTHER}}) and ‘{{PAPER}}’.\n\n| a |\n|---|\n| {{cell}} |\n",
        &[
            "content/a.md:4:3 unfilled-hole: nothing is known of `{{PAPR}}`",
            "content/a.md:4:15 unfilled-hole: nothing is known of `{{OTHER}}`",
            "content/a.md:8:3 unfilled-hole: nothing is known of `{{cell}}`",
        ],
    ),
    case(
        Code::UnfilledHole,
        "== content/a.md ==\n---\ntitle: A\n---\nA {{two words}} hole, and {{a.b.c}}, but `{{code words}}`.\n",
        &[
            "content/a.md:4:3 unfilled-hole: `{{two words}}` is no hole that can be filled",
            "content/a.md:4:27 unfilled-hole: `{{a.b.c}}` is no hole that can be filled",
        ],
    ),
    case(
        Code::UnfilledHole,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n```\nIt is {{one.x:3}}, and $y = {{one.x:.}}$.\n\
         == content/a.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\nvalue x 1.5\nend\n",
        &[
            "content/a.md:7:7 unfilled-hole: `3` is not a way to write a number",
            "content/a.md:7:24 unfilled-hole: `.` is not a way to write a number",
        ],
    ),
    case(
        Code::MissingValue,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: fig-one\n```\nIt is {{one.x}}, {{fig-one.y}} and $z = {{one.z}}$.\n\n$$\n{{one.w}}\n$$\n\
         == content/a.ledger/fig-one.record ==\ntheoria record 1\ncell fig-one\nmanifest\nvalue x 1.5\nend\n",
        &[
            "content/a.md:7:18 missing-value: the cell `fig-one` does not show a value `y`",
            "content/a.md:7:36 missing-value: the cell `fig-one` does not show a value `z`",
            "content/a.md:9:1 missing-value: the cell `fig-one` does not show a value `w`",
        ],
    ),
    case(
        Code::MissingCell,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| after: [on, one]\n```\nIt is {{onne.x}}, or $10^{{1.5}}$, or $x = {{none.x}}$.\n",
        &[
            "content/a.md:6:5 missing-cell: there is no cell `on` to come after",
            "content/a.md:6:5 circular-cells: these cells come after one another in a circle: one, one",
            "content/a.md:8:7 missing-cell: there is no cell `onne`",
            "content/a.md:8:39 missing-cell: there is no cell `none`",
        ],
    ),
    case(
        Code::DeadLink,
        "== content/a.md ==\n---\ntitle: A\n---\n# One\n\n[x](b.md), [y](#on), [z](c.md#tow), [w](c.md#two), [v](/c/), ![u](u.png)\n\
         == content/c.md ==\n---\ntitle: C\n---\n# Two\n",
        &[
            "content/a.md:6:1 dead-link: the link to 'b.md' leads nowhere",
            "content/a.md:6:12 dead-link: there is no place `#on` on that page",
            "content/a.md:6:22 dead-link: there is no place `#tow` on that page",
            "content/a.md:6:62 dead-link: the link to 'u.png' leads nowhere",
        ],
    ),
    case(
        Code::DeadLink,
        "== content/a.md ==\n---\ntitle: A\n---\nRaw <a href=\"nowhere.html\">HTML</a> and <img src='gone.png' alt=''>.\n",
        &[
            "content/a.md:4:14 dead-link: the link to 'nowhere.html' leads nowhere",
            "content/a.md:4:51 dead-link: the link to 'gone.png' leads nowhere",
        ],
    ),
    case(
        Code::DeadLink,
        "== content/a.md ==\n---\ntitle: A\nthumbnail: gone.png\n---\n[x](b%20c.csv), [y](<b c.csv>), [z](b%20d.csv)\n== content/b c.csv ==\n1\n",
        &[
            "content/a.md:1:1 dead-link: the link to 'gone.png' leads nowhere",
            "content/a.md:5:33 dead-link: the link to 'b%20d.csv' leads nowhere",
        ],
    ),
    case(
        Code::MissingFootnote,
        "== content/a.md ==\n---\ntitle: A\n---\nWörds[^one] and[^two].\n\n[^two]: A note.\n",
        &["content/a.md:4:6 missing-footnote: there is no footnote `one`"],
    ),
];

pub const TEXT: &[Case] = &[
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\nWords.\n\n$$\nx = 1\n\nMore.\n",
        &["content/a.md:6:1 unclosed: the block that `$$` opens here is never closed"],
    ),
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\n::: {.note}\nWords.\n\n- ::: note\n  In a list.\n\n:::\n\n:::\n",
        &[
            "content/a.md:7:3 unclosed: the block that `:::` opens here is never closed",
            "content/a.md:12:1 unclosed: there is no open block that this `:::` could close",
        ],
    ),
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\n##> One\n\n###> Two\n<##\n\n<####\n\n##> \n<###\n<##\n",
        &[
            "content/a.md:6:1 unclosed: the section that `###>` opens here is never closed",
            "content/a.md:9:1 unclosed: there is no open section that this `<####` could close",
            "content/a.md:11:1 bad-value: this section has no title to open it by",
            "content/a.md:12:1 unclosed: there is no open section that this `<###` could close",
        ],
    ),
    case(
        Code::BadMacro,
        "== theoria.yaml ==\nmacros:\n  \\R: \\mathbb{R}\n  \\bad: \\mathb{x}\n  S: x\nmacros_file: [static/m.js, static/none.js]\n\
         == static/m.js ==\n// Mine.\nwindow.macros = {\n  \"\\\\E\": \"\\\\mathbb{E}\",\n  '\\\\v': '\\\\mathbf{#1', // open\n  \"\\\\w\": 3,\n};\n\
         == content/a.md ==\n---\ntitle: A\n---\n$\\R \\E \\bad$ and $\\bad$.\n",
        &[
            "static/m.js:4:11 bad-macro: the macro `\\v` cannot be used: its braces do not match",
            "static/m.js:5:3 bad-macro: this macro cannot be read",
            "theoria.yaml:3:3 bad-macro: the macro `\\bad` cannot be used: Undefined control sequence: \\mathb",
            "theoria.yaml:4:3 bad-macro: the macro `S` does not begin with a backslash",
            "theoria.yaml:5:1 bad-macro: the file of macros 'static/none.js' does not exist",
        ],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\n---\n![Ä](https://x.example/a.png){widht=3 width=wide}\n\n![A](https://x.example/a.mp4){autoplay}\n\n![A](https://x.example/a.png){#}{x}\n",
        &[
            "content/a.md:4:30 unknown-key: there is no key `widht`",
            "content/a.md:4:30 bad-value: `width` should be a share such as `60%`, or a number of pixels",
            "content/a.md:6:30 bad-value: a video that begins by itself must be silent",
        ],
    ),
    case(
        Code::BadFormula,
        "== theoria.yaml ==\nmacros:\n  \\R: \\mathbb{R}\n== content/a.md ==\n---\ntitle: A\n---\n$$\n\\R + \\label{eq-a} ä \\alpa\n$$\n\n> $$\n> x +\n> \\nope\n> $$\n",
        &[
            "content/a.md:5:21 bad-formula: this formula cannot be typeset: Undefined control sequence: \\alpa",
            "content/a.md:10:3 bad-formula: this formula cannot be typeset: Undefined control sequence: \\nope",
        ],
    ),
    case(
        Code::Unclosed,
        "== content/a.md ==\n---\ntitle: A\n---\n- $$\nx\n$$\n",
        &["content/a.md:4:3 unclosed: the block that `$$` opens here is never closed"],
    ),
    case(
        Code::BadFormula,
        "== content/a.md ==\n---\ntitle: A\n---\nHöhe $\\frac{1}{$ and $\\nope$, $ \\alpha$.\n\n$$\nx = \\left( 1\n$$\n",
        &[
            "content/a.md:4:6 bad-formula: this formula cannot be typeset: its braces do not match, or it has a space",
            "content/a.md:4:23 bad-formula: this formula cannot be typeset: Undefined control sequence: \\nope",
            "content/a.md:4:31 bad-formula: this formula cannot be typeset: its braces do not match, or it has a space",
            "content/a.md:7:13 bad-formula: this formula cannot be typeset: Expected '\\right', got 'EOF'",
        ],
    ),
    case(
        Code::BadFormula,
        "== content/a.md ==\n---\ntitle: A\n---\n$$\nx \\label{mass}\n$$\n",
        &["content/a.md:4:1 bad-formula: this formula has the label `mass`, which nothing can cite"],
    ),
    case(
        Code::TooDeep,
        "== content/a.md ==\n---\ntitle: A\n---\n>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>> deep\n",
        &["content/a.md:4:100 too-deep: more than 100 elements stand inside one another here"],
    ),
    case(
        Code::MisplacedSample,
        "== content/a.md ==\n---\ntitle: A\n---\n- ```markdown sample\n  *a*\n  ```\n",
        &["content/a.md:4:3 misplaced-sample: a sample stands at the margin of its file, in no list and no quotation"],
    ),
];

pub const CELLS: &[Case] = &[
    case(
        Code::BadCellOption,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust,cell\n```\n\n```Rust cells\n```\n\n```rust celluloid\n```\n",
        &[
            "content/a.md:4:1 bad-cell-option: this block is marked `rust,cell`, and would be shown as code but not run",
            "content/a.md:7:1 bad-cell-option: this block is marked `Rust cells`, and would be shown as code but not run",
        ],
    ),
    case(
        Code::BadCellOption,
        "== content/a.md ==\n---\ntitle: A\n---\n- ```rust cell\n  //| label: one\n  //| caption: a: b\n  ```\n",
        &[
            "content/a.md:6:17 bad-cell-option: the options of this cell cannot be read: mapping values are not allowed in this context",
        ],
    ),
    case(
        Code::UnknownKey,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| captoin: words\n//| mine: words\n```\n",
        &[
            "content/a.md:6:5 unknown-key: there is no key `captoin`",
            "content/a.md:7:5 unknown-key: there is no key `mine`",
        ],
    ),
    case(
        Code::BadValue,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one two\n```\n\n```rust cell\n//| label: three\n//| seed: -1\n//| time_limit: 0\n//| echo: maybe\n```\n",
        &[
            "content/a.md:5:5 bad-value: `label` should be letters, digits and hyphens",
            "content/a.md:10:5 bad-value: `seed` should be a whole number that is not negative",
            "content/a.md:11:5 bad-value: `time_limit` should be a number of seconds above 0",
            "content/a.md:12:5 bad-value: `echo` should be `true`, `false` or `fold`",
        ],
    ),
    case(
        Code::IncompleteCell,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\nlet a = 1;\n```\n\n```rust cell\n//| label: one\n```\n\
         == content/a.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\npanel \"\"\n  x depth\n  y NTK\n  line \"\"\n    1.0 2.0\nend\n",
        &[
            "content/a.md:4:1 incomplete-cell: this cell has no label",
            "content/a.md:8:1 incomplete-cell: the cell `one` draws a figure but has no label that can be cited",
            "content/a.md:8:1 incomplete-cell: the cell `one` draws a figure but has no caption",
            "content/a.md:8:1 incomplete-cell: the cell `one` draws a figure but has no alt",
        ],
    ),
    case(
        Code::CircularCells,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| after: two\n```\n\
         == content/b.md ==\n---\ntitle: B\n---\n```rust cell\n//| label: two\n//| after: three\n```\n\n```rust cell\n//| label: three\n//| after: one\n```\n",
        &["content/a.md:6:5 circular-cells: these cells come after one another in a circle: one, two, three, one"],
    ),
    case(
        Code::MissingData,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| data: [a.csv, /static/b.csv, c.csv]\n```\n== content/c.csv ==\n1\n",
        &[
            "content/a.md:6:5 missing-data: the data file 'content/a.csv' does not exist",
            "content/a.md:6:5 missing-data: the data file 'static/b.csv' does not exist",
        ],
    ),
    case(
        Code::OtherData,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| data: [c.csv#00112233445566778899, c.csv#50cc1102b1c612e6]\n```\n== content/c.csv ==\n1\n",
        &[
            "content/a.md:6:5 other-data: the data file 'content/c.csv' is not the one that is declared: its digest begins with 50cc1102b1c612e69625, not 00112233445566778899",
        ],
    ),
    case(
        Code::CellDoesNotCompile,
        "== content/a.md ==\n---\ntitle: A\n---\n> ```rust cell\n> //| label: one\n> let ü = (1;\n> ```\n",
        &["content/a.md:6:11 cell-does-not-compile: this '(' is never closed"],
    ),
    case(
        Code::ClaimBroken,
        "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n```\n\
         == content/a.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\nclaim \"it is one\" close\n  measured 1.5\n  predicted 1.0\n  abs 0.1\n  rel 0.0\nend\n",
        &[
            "content/a.md:4:1 claim-broken: the claim 'it is one' does not hold: measured 1.5, predicted 1, allowed ±0.1",
        ],
    ),
    case(
        Code::OrphanRecord,
        "== content/a.md ==\n---\ntitle: A\n---\n== content/a.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\nend\n",
        &["content/a.ledger/one.record:1:1 warning orphan-record: no cell asks for this record"],
    ),
    case(
        Code::BadTemplate,
        "== content/a.md ==\n---\ntitle: A\n---\n== templates/page.html ==\n<main>\n{{ chapter.titel }}\n</main>\n",
        &["templates/page.html:2:12 bad-template: Field `titel` is not defined."],
    ),
    case(
        Code::BadTemplate,
        "== content/a.md ==\n---\ntitle: A\n---\n== templates/page.html ==\n<main>\n{% if %}\n</main>\n",
        &["templates/page.html:2:7 bad-template: "],
    ),
    case(
        Code::BadTemplate,
        "== content/a.md ==\n---\ntitle: A\n---\n== templates/page.html ==\n<main>\n{% include \"gone.html\" %}\n</main>\n== templates/home.html ==\n{{ site.title | nope }}\n",
        &[
            "templates/home.html:1:17 bad-template: Unknown filter `nope`",
            "templates/page.html:2:12 bad-template: Unknown template `gone.html`",
        ],
    ),
    case(
        Code::BadTemplate,
        "== content/a.md ==\n---\ntitle: A\n---\n== templates/page.html ==\n{% extends \"bse.html\" %}\n",
        &["templates/page.html:1:1 bad-template: Template 'page.html' is inheriting from 'bse.html'"],
    ),
    case(
        Code::NeedlessAllowance,
        "== theoria.yaml ==\ntitle: A\nallow:\n  - {code: dead-link, page: content/a.md, reason: written later}\n  \
         - {code: missing-label, page: content/a.md, reason: written later}\n\
         == content/a.md ==\n---\ntitle: A\n---\n[x](b.md)\n",
        &[
            "theoria.yaml:2:1 needless-allowance: nothing on 'content/a.md' needs the allowance of `missing-label` any more",
        ],
    ),
    case(
        Code::UnknownKey,
        "== theoria.yaml ==\nallow:\n  - {code: dead-lnk, page: content/a.md, reason: r}\n  - {code: dead-link, page: content/a.md}\n== content/a.md ==\n---\ntitle: A\n---\n",
        &[
            "theoria.yaml:2:6 unknown-key: there is no key `dead-lnk`",
            "theoria.yaml:3:5 bad-value: `allow` should be `key: value` lines with `code`, `page` and `reason`",
        ],
    ),
];

pub const STALE: (Code, &str) = (
    Code::StaleRecord,
    "== content/a.md ==\n---\ntitle: A\n---\n```rust cell\n//| label: one\n//| data: x.csv\n```\n\n```rust cell\n//| label: two\n```\n\
     == content/x.csv ==\n1\n\
     == content/a.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\n  program 0\n  seed 0\n  sweep 3\nend\n",
);

/// A whole record; the cases below spoil one line each.
pub const RECORD: &str = "theoria record 1
cell fig-one
manifest
  program 1
value x 1.5
panel \"\"
  x depth log from 1.0 to 2.0
  y \"\"
  line \"\"
    1.0 2.0
    2.0 3.0
gallery \"\"
  shape 1 2 1 columns 1
  range 0.0 1.0
  captions \"\"
  pixels
    0.0 1.0
table \"\"
  header a b
  row number 1.0 text one
claim c close
  measured 1.0
  predicted 1.0
  abs 0.0
  rel 0.0
end
";

/// Line spoiled, what stands in its place, and what is told, at which line of the record.
pub const LEDGERS: (Code, &[(&str, &str, &str)]) = (
    Code::BadLedger,
    &[
        (
            "theoria record 1\n",
            "theoria record 2\n",
            "1:1 bad-ledger: this record cannot be read: it does not begin with",
        ),
        ("end\n", "", "21:1 bad-ledger: this record cannot be read: it is cut short"),
        (
            "end\n",
            "end",
            "26:1 bad-ledger: this record cannot be read: the last line has no end: the file was cut short",
        ),
        ("value x 1.5\n", "value x ␀\n", "1:1 bad-ledger: this record cannot be read: it is not UTF-8 text"),
        (
            "value x 1.5\n",
            "<<<<<<< HEAD\nvalue x 1.5\n",
            "5:1 bad-ledger: this record cannot be read: it holds the marks of an unresolved merge",
        ),
        ("value x 1.5\n", "value x 1.5\n=======\n", "6:1 bad-ledger: this record cannot be read: it holds the marks"),
        (
            "value x 1.5\n",
            "value x 1.5\n>>>>>>> other\n",
            "6:1 bad-ledger: this record cannot be read: it holds the marks",
        ),
        ("value x 1.5\n", "value x 1,5\n", "5:1 bad-ledger: this record cannot be read: '1,5' is not a number"),
        ("value x 1.5\n", "value x\n", "5:1 bad-ledger: this record cannot be read: 'value' lacks word 2"),
        ("value x 1.5\n", "value x 1 5\n", "5:1 bad-ledger: this record cannot be read: "),
        ("value x 1.5\n", "value x NaN\n", "5:1 bad-ledger: this record cannot be read: "),
        ("value x 1.5\n", "value x inf\n", "5:1 bad-ledger: this record cannot be read: "),
        (
            "value x 1.5\n",
            "value \"x 1.5\n",
            "5:1 bad-ledger: this record cannot be read: a quotation mark is never closed",
        ),
        (
            "value x 1.5\n",
            "worth x 1.5\n",
            "5:1 bad-ledger: this record cannot be read: 'worth' is not a kind of result",
        ),
        ("value x 1.5\n", "   value x 1.5\n", "5:1 bad-ledger: this record cannot be read: the indentation"),
        ("value x 1.5\n", "value x 1.5\nvalue x 2.5\n", "6:1 bad-ledger: this record cannot be read: "),
        ("  program 1\n", "  program\n", "4:1 bad-ledger: this record cannot be read: 'program' lacks word 1"),
        ("  program 1\n", "  program 1 2\n", "4:1 bad-ledger: this record cannot be read: "),
        (
            "    1.0 2.0\n",
            "    1.0 2.0 3.0\n",
            "10:1 bad-ledger: this record cannot be read: this line has 3 numbers, not 2",
        ),
        ("    1.0 2.0\n", "    1.0\n", "10:1 bad-ledger: this record cannot be read: this line has 1 numbers, not 2"),
        ("    2.0 3.0\n", "    2.0 NaN\n", "11:1 bad-ledger: this record cannot be read: "),
        ("log from 1.0 to 2.0", "log from 1.0 2.0", "7:1 bad-ledger: this record cannot be read: "),
        ("log from 1.0 to 2.0", "log from 1.0 at 2.0", "7:1 bad-ledger: this record cannot be read: "),
        (
            "  captions \"\"\n",
            "  captions \"\" \"\"\n",
            "12:1 bad-ledger: this record cannot be read: the number of pixels",
        ),
        ("  shape 1 2 1 columns 1\n", "", "12:1 bad-ledger: this record cannot be read: 'gallery' lacks its 'shape'"),
        ("  row number 1.0 text one\n", "  row number 1.0\n", "20:1 bad-ledger: this record cannot be read: "),
        (
            "  row number 1.0 text one\n",
            "  row number 1.0 text one text two\n",
            "20:1 bad-ledger: this record cannot be read: ",
        ),
        (
            "  row number 1.0 text one\n",
            "  line number 1.0 text one\n",
            "20:1 bad-ledger: this record cannot be read: ",
        ),
        (
            "claim c close\n",
            "claim c near\n",
            "21:1 bad-ledger: this record cannot be read: 'near' is not a kind of claim",
        ),
        ("  abs 0.0\n", "", "21:1 bad-ledger: this record cannot be read: 'claim' lacks its 'abs'"),
        ("  abs 0.0\n", "  abs 0.0\n  abs 9.0\n", "25:1 bad-ledger: this record cannot be read: "),
        (
            "  line \"\"\n    1.0 2.0\n    2.0 3.0\n",
            "  line \"\" in gone.npy\n",
            "9:1 bad-ledger: this record cannot be read: the file 'gone.npy' is missing",
        ),
    ],
);

/// Files with one mistake, and its help.
pub const HELPS: &[(&str, &str)] = &[
    ("---\ntitle: A\ntilte: B\n---\n", "did you mean `title`?"),
    ("---\ntitle: A\n---\n::: {.corolary}\nx\n:::\n", "did you mean `corollary`?"),
    ("---\ntitle: A\n---\n##> One\nx\n", "end it with a line that holds only `<##`"),
    ("---\ntitle: A\n---\n$\\alpa$\n", "did you mean `\\alpha`?"),
    ("---\ntitle: A\n---\n# One {#sec-one}\n\n@sec-on\n", "did you mean `@sec-one` (‘One’, in 'content/a.md')?"),
    ("---\ntitle: A\n---\n{{CITATON}}\n", "did you mean `{{CITATION}}`?"),
    ("---\ntitle: A\n---\n{{FAR}}\n", "give it a value in `theoria.yaml`:\nvariables:\n  FAR: ..."),
    ("---\ntitle: A\n---\n[x](./aa.md)\n", "did you mean `content/a.md`?"),
    ("---\ntitle: A\n---\n# One\n[x](#onne)\n", "did you mean `#one`?"),
    ("---\ntitle: A\n---\n[^n]\n", "write it on a line of its own: `[^n]: ...`"),
    ("---\ntitle: A\n---\n```rust cell\n//| label: one\n//| after: onne\n```\n", "did you mean `one`?"),
    (
        "---\ntitle: A\n---\n^[words\n",
        "end it with `]` in the same paragraph, and write a bracket without its partner as `\\[`; as text it is `\\^[`",
    ),
    ("---\ntitle: A\n---\n$$\nx\n", "end the formula with `$$` at the end of a line"),
    ("---\ntitle: A\n---\n::: note\nx\n", "end the block with a line that holds only `:::`"),
    ("Words.\n", "begin the file with\n---\ntitle: \"A\"\n---"),
];
