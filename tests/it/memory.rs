//! After any edit, a build that remembers gives what a build from nothing gives.

use std::fs;
use std::sync::Arc;

use theoria::guide::finish::blocks;
use theoria::guide::ledger;
use theoria::guide::memory::Memory;
use theoria::guide::tree::Tree;
use theoria::record::{Claim, Mark, Panel, Record, Series, Value};
use theoria::shell::build::site_with;
use theoria::shell::disk::{self, Reader};
use theoria::shell::open;

use crate::support::{Dice, Folder, lines};

const PAGES: [&str; 10] = [
    "content/index.md",
    "content/a/01-one.md",
    "content/a/02-two.md",
    "content/a/03-three.md",
    "content/b/one.md",
    "content/b/four.md",
    "content/c/04-five.md",
    "content/about.md",
    "content/note.md",
    "content/b/deep/index.md",
];

/// The last two lead somewhere, which no title in a menu should.
const TITLES: [&str; 6] =
    ["One", "Two $x$", "With {{a.slope}}", "Ünïcode & <b>", "See @fig-a", "A [link](/content/about.md)"];

const LABELS: [&str; 12] = [
    "fig-a",
    "fig-b",
    "tbl-c",
    "eq-a",
    "eq-b",
    "thm-a",
    "sec-a",
    "q-a",
    "q-b",
    "claim-it-is-two",
    "ch-one",
    "ch-about",
];

/// A piece of a page; `¤` stands for a letter that varies.
const PIECES: [&str; 42] = [
    "<div class=\"question-box\">\n\n**Open question: On ¤.** Is $x_¤$ as in {od: q-a}?\n\n</div>",
    "{od: q-¤}",
    "As {od: ¤} says. So does [it](/openquestions/filed/), and {od: od-1}.",
    "::: {.question #q-¤ topic=\"a, b\" by=\"@fig-¤ and $x_¤$\" asked=2024-05-01 aliases=old-¤}\nIs it?\n:::",
    "Of [see @k¤, p. 3; @kb] and @ka, [@fig-a; @k¤] by @someone.",
    "By [see @fig-¤, *left*; @fig-b; @eq-¤] and -@thm-a, [so](@sec-¤), [here](#fig-¤), in [@ch-one; @ch-two].",
    "<a href=\"/about/#here-a\">raw</a>, <a href=\"/note/\">raw</a>.",
    "Plain words and more words.",
    "## A heading",
    "## A heading of @eq-¤ {#sec-¤}",
    "See @fig-¤, @eq-¤, @thm-a, @sec-¤ and @ch-one.",
    "Of @q-¤ we know little. It is open. So is @q-b.",
    "The slope is {{¤.slope:.2}} of {{NAME}} and {{CITATION}}.",
    "$$\ny = {{¤.slope}} x \\label{eq-¤}\n$$",
    "$$\ny_¤ = \\E x^2\n$$",
    "Inline $x_¤$, $\\E y$ and $\\sqrt{{{¤.slope}}}$.",
    "A [link](/content/about.md), [one](one.md#a-heading) and [two](../a/02-two.md#eq-¤).",
    "A [question](/questions/¤/), a [file](picture-¤.svg) and ![an image](/static/¤.png).",
    "[To {{¤.slope}}](/b/{{NAME}}/)",
    "::: {.theorem #thm-¤ title=\"On ¤\"}\nIt holds.\n:::",
    "::: {.lemma title=\"of @fig-¤ and $x_¤$\"}\nIt holds.\n:::",
    "::: {.lemma #lem-¤}\nIt holds.\n:::\n\n::: {.proof title=\"of @thm-¤\"}\nClear.\n:::",
    "##> Words on @eq-¤ {#here-¤}\nMore of @lem-¤.\n<##",
    "<div class=\"¤\">\nRaw *words* of @q-¤ and <a href=\"one.md#a-heading\">one</a>\n</div>",
    "$$\n\\begin{align}\ny &= x \\label{eq-¤} \\\\ z &= \\eqref{eq-¤} \\label{eq-b¤}\n\\end{align}\n$$",
    "![Words](/static/¤.png){#fig-p¤ caption=\"Of @eq-¤\" dark=/static/a.png}",
    "| a |\n| - |\n| @fig-p¤ |\n: Of $x_¤$ {#tbl-t¤}",
    ":::: {.tabs group=¤}\n::: {.tab title=\"Of @fig-¤\"}\nIt.\n:::\n::::",
    "::: {.question #q-¤ topic=width}\nWhy is @fig-¤ so[^n]?\n\nNobody knows $x_¤$; [r] neither.\n:::",
    "::: {.question #q-¤ status=answered title=\"Is it $x$ or @eq-¤?\"}\nYes.\n:::",
    "```rust cell\n//| label: fig-¤\n//| caption: A curve of @eq-¤ and $x_¤$.\n//| alt: A line.\nshow.value(\"slope\", 2.0);\n```",
    "```rust cell\n//| label: tbl-c\n//| echo: true\n//| after: ¤\nlet x = 1;\n```",
    "```rust\nfn ¤() {}\n```",
    "<span id=\"here-¤\">raw</span> <a href=\"#here-¤\">x</a>",
    "[r]: /content/¤.md",
    "Noted.[^n¤]\n\n[^n¤]: A note with @fig-¤.",
    "Noted{fn: of @eq-¤, {{¤.slope:.2}} and [r]} and^[a note on $x_¤$] and [> beside @thm-a <].",
    "Of $y_¤${tip: $y_¤$: the slope {{¤.slope}}\\n$x$: see @fig-¤} we know\n\n$$\nz_¤\n$$\n{tip: $z_¤$: words}",
    "{fn: On @q-¤ nothing is known. It is open.} Unfinished ^[words.",
    "$\\broken{#$ and $\\undefined#$.",
    "@fig-none and {{none.slope}} and [gone](gone.md) and [lost](#lost).",
    "| a | b |\n| - | - |\n| @fig-¤ | $x_¤$ |",
];

/// Small edits: of prose, of the body of a question, of a formula, of what a cell is called.
const WORDS: [(&str, &str); 7] = [
    ("words", "terms"),
    ("knows", "doubts"),
    ("x_", "z_"),
    ("A line", "Lines"),
    ("A curve", "The curve"),
    ("Nobody ", "[r]: /content/note.md\n\nNobody "),
    ("/content/about.md", "/content/b/four.md"),
];

const CONFIGS: [&str; 7] = [
    "title: Tests\nbibliography: r.bib\nvariables:\n  NAME: four\nmacros:\n  \\E: \\mathbb{E}\n",
    "title: Tests\nvariables:\n  NAME: one\nmacros:\n  \\E: \\mathrm{E}\nhighlight: fig-a\n",
    "title: Others\nbibliography: [r.bib, content/a/s.bib]\ncsl: ieee\nurl: https://example.org/base\nrepository: https://example.org/r\nvariables:\n  NAME: four\n",
    "title: Others\nauthors: [Ann, Ben]\nsequences: [b, a]\nhighlight: fig-b\nvariables:\n  NAME: four\nmacros:\n  \\E: E\n",
    "title: Tests\nallow:\n  - {code: dead-link, page: content/about.md, reason: so}\nmacros:\n  \\E: E\n",
    "title: [broken\n",
    "",
];

const FILES: [(&str, &str); 25] = [
    (
        "r.bib",
        "@misc{ka, title={A $x$}, author={A, B}, year={2001}}\n@misc{kb, title={B}, author={A, B}, year={2001}}\n",
    ),
    (
        "r.bib",
        "@misc{kb, title={C}, author={A, C}, year={2001}}\n@misc{kc, title={$\\E$}, author={A, B}, year={2001}}\n",
    ),
    ("content/a/s.bib", "@misc{kc, title={D}, author={A, B}, year={2002}}\n@misc{ka, title=x}\n"),
    ("content/a/sequence-metadata.yaml", "title: The first\ndescription: On $x$ and @fig-a.\n"),
    ("content/a/sequence-metadata.yaml", "title: Renamed\nnumbered: false\ncolor: red\n"),
    ("content/b/sequence-metadata.yaml", "description: \"[About](/content/about.md), see {{a.slope}}\"\n"),
    ("templates/byline.html", "<p>By hand.</p>"),
    ("templates/toc.html", "{% for t in chapter.toc %}<b>{{ t.id }}</b>{% endfor %}"),
    ("templates/page.html", "{% extends \"theoria/page.html\" %}{% block footer %}{{ nowhere.at_all }}{% endblock %}"),
    ("templates/toc.html", "{% for t in %}"),
    ("content/a/picture-a.svg", "<svg/>"),
    ("content/b/picture-b.svg", "<svg id=\"b\"/>"),
    ("static/a.png", "png"),
    ("static/b.html", "<p id=\"x\"><a href=\"../about/#here-a\">x</a><a href=\"gone\">y</a>"),
    ("content/about/index.html", "twice"),
    (
        "openquestions/questions.json",
        "[{\"id\": \"od-1\", \"slug\": \"filed\", \"title\": \"Why $x$ of @fig-a?\", \"context_post\": \"one\", \"question_number\": 3}]",
    ),
    (
        "openquestions/questions.json",
        "[{\"id\": \"od-1\", \"slug\": \"filed\", \"title\": \"How?\", \"text\": \"See {{a.slope}}.\", \"sequence\": \"b\"}, {\"slug\": \"c\", \"title\": \"C\"}]",
    ),
    ("openquestions/od-1.md", "Much is known of @q-a and of $y_a$, see @fig-a.[^n]\n\n[^n]: A note.\n"),
    ("openquestions/od-1.md", "---\nauthor: A\n---\n## Part\n\nLittle of @q-filed.\n"),
    ("content/robots.txt", "User-agent: none\n"),
    (
        "contributors.json",
        "{\"team\": [\"Ada\"], \"contributors\": [{\"name\": \"Ben\", \"url\": \"https://example.org\"}]}",
    ),
    ("contributors.json", "[{\"name\": \"Zoë\", \"affiliation\": \"There\"}"),
    ("content/a/01-one.js", "1;"),
    ("content/b/deep/x.css", "p {}"),
    ("content/c/sequence-metadata.yaml", "hidden: true\nauthors: [Ada]\n"),
];

/// Half of all letters are `a`, so that labels meet what cites them.
fn filled(dice: &mut Dice, piece: &str) -> String {
    let mut out = String::new();
    for (at, part) in piece.split('¤').enumerate() {
        out += if at == 0 { "" } else { *dice.pick(&["a", "a", "b", "c"]) };
        out += part;
    }
    out
}

fn page(dice: &mut Dice) -> String {
    let mut out = match dice.below(8) {
        0 => String::new(),
        1 => "---\ntitle: [broken\n---\n".to_owned(),
        _ => {
            let mut head = format!(
                "---\ntitle: \"{}\"\n",
                TITLES[if dice.below(12) == 0 { 4 + dice.below(2) } else { dice.below(4) }]
            );
            let extra = [
                "date: 2024-01-02",
                "hidden: true",
                "coming_soon: true",
                "draft: true",
                "description: Words.",
                "short_title: Short",
                "sequence: b",
                "sequence_order: 2",
                "toc: false",
                "image: {filename: picture-a.svg}",
                "sequence_description: On $y$.",
                "tags: [x]",
                "tags: [X, \"y z\"]",
                "authors: [Zoë]",
                "author: Ada, ben",
                "aliases: [/former/]",
                "categories: [note]",
                "toc_title: Listed $y$",
                "display_title: Shown {{a.slope}}",
                "slug: other",
                "featured: true",
                "thumbnail: static/a.png",
                "scripts: false",
            ];
            for _ in 0..dice.below(3) {
                let line = dice.pick(&extra);
                // A draft is rare, for its page is not there.
                if !head.contains(line.split(':').next().unwrap_or_default())
                    && (*line != "draft: true" || dice.below(4) == 0)
                {
                    head += &format!("{line}\n");
                }
            }
            head + "---\n"
        }
    };
    for _ in 0..1 + dice.below(6) {
        // The last pieces but one are mistakes, and rare.
        let piece = PIECES[dice.below(PIECES.len())];
        if !(piece.contains("broken") || piece.contains("none") || piece.contains("Unfinished")) || dice.below(5) == 0 {
            out += &filled(dice, piece);
            out += "\n\n";
        }
    }
    out
}

/// One edit of a site, small or large.
fn edit(dice: &mut Dice, tree: &mut Tree) {
    let file = *dice.pick(&PAGES);
    let text = tree.text(file).and_then(Result::ok).map(str::to_owned);
    match (dice.below(20), text) {
        (0..=3, _) | (_, None) => tree.insert(file, page(dice).into_bytes()),
        (4..=6, Some(text)) => tree.insert(
            file,
            format!("{text}{}\n\n", {
                let piece = *dice.pick(&PIECES);
                filled(dice, piece)
            })
            .into_bytes(),
        ),
        (7, Some(text)) => {
            let (from, to) = *dice.pick(&WORDS);
            let (from, to) = if dice.below(2) == 0 { (from, to) } else { (to, from) };
            // On a page that has the word, if there is one.
            let has = |file: &&&str| tree.text(file).is_some_and(|text| text.is_ok_and(|text| text.contains(from)));
            let pages: Vec<&str> = PAGES.iter().filter(has).copied().collect();
            let file = if pages.is_empty() { file } else { *dice.pick(&pages) };
            let text = tree.text(file).and_then(Result::ok).map_or(text, str::to_owned);
            tree.insert(file, text.replacen(from, to, 1).into_bytes());
        }
        (8, Some(text)) => tree.insert(file, text.replacen("title: \"", "title: \"New ", 1).into_bytes()),
        (9, Some(text)) => {
            let (from, to) = (*dice.pick(&LABELS), *dice.pick(&LABELS));
            tree.insert(file, text.replace(from, to).into_bytes());
        }
        (10, Some(text)) => {
            // Two pages change places.
            let other = *dice.pick(&PAGES);
            if let Some(Ok(theirs)) = tree.text(other).map(|text| text.map(str::to_owned)) {
                tree.insert(file, theirs.into_bytes());
                tree.insert(other, text.into_bytes());
            }
        }
        (11, Some(text)) => {
            // A piece moves from page to page.
            let other = *dice.pick(&PAGES);
            let (start, end) =
                text.rsplit_once("\n\n").and_then(|(start, _)| start.rsplit_once("\n\n")).unwrap_or((&text, ""));
            let theirs = tree.text(other).and_then(Result::ok).map(|text| format!("{text}{end}\n\n"));
            tree.insert(file, format!("{start}\n\n").into_bytes());
            theirs.into_iter().for_each(|theirs| tree.insert(other, theirs.into_bytes()));
        }
        (12, Some(_)) => drop(tree.files.remove(file)),
        (13, _) => tree.insert("theoria.yaml", dice.pick(&CONFIGS).as_bytes().to_vec()),
        (14..=15, _) => {
            let (path, text) = *dice.pick(&FILES);
            match dice.below(2) {
                0 => tree.insert(path, text.as_bytes()),
                _ => drop(tree.files.remove(path)),
            }
        }
        (16, _) if dice.below(3) == 0 => tree.insert(file, b"broken \xff".to_vec()),
        _ => records(dice, tree),
    }
}

/// Writes, spoils or takes away the record of a cell.
fn records(dice: &mut Dice, tree: &mut Tree) {
    let jobs = open::of_tree(tree.clone()).jobs;
    if jobs.is_empty() {
        return;
    }
    let job = dice.pick(&jobs);
    let path = ledger::file(job);
    match dice.below(8) {
        0 => drop(tree.files.remove(path.as_str())),
        1 => tree.insert(&path, b"theoria record 1\nspoilt\n".to_vec()),
        2 => {
            // An array is lost, or another; the text that names it stays.
            let array = tree.files.keys().find(|path| path.ends_with(".npy")).cloned();
            let Some(array) = array else { return };
            match dice.below(2) {
                0 => drop(tree.files.remove(&array)),
                _ => tree.insert(&array, b"spoilt".to_vec()),
            }
        }
        _ => {
            let number = [2.0, 2.5, 1e-9][dice.below(3)];
            let size = if dice.below(4) == 0 { 1200 } else { 3 };
            let x: Vec<f64> = (0..size).map(f64::from).collect();
            let columns = vec![x.clone(), x.iter().map(|x| x * number).collect()];
            let panel =
                Panel { series: vec![Series { name: "s".into(), mark: Mark::Line, columns }], ..Panel::default() };
            let record = Record {
                values: vec![Value { name: "slope".into(), number }],
                panels: if dice.below(4) == 0 { vec![] } else { vec![panel; 1 + dice.below(2)] },
                claims: vec![Claim { name: "it is two".into(), ..Claim::close(number, 2.0) }],
                ..Record::default()
            };
            let files = ledger::write(job, &record);
            let lost = dice.below(12) == 0;
            for (at, (path, bytes)) in files.iter().enumerate() {
                if !lost || at > 0 || files.len() == 1 {
                    tree.insert(path, bytes.clone());
                }
            }
        }
    }
}

/// A site without mistakes that has one of everything.
fn whole(long: bool) -> Tree {
    let mut dice = Dice::new(0);
    let mut tree = Tree::default();
    tree.insert("theoria.yaml", CONFIGS[0].as_bytes());
    for (path, title) in PAGES.iter().zip(TITLES[..4].iter().cycle()) {
        let text = match *path {
            "content/a/01-one.md" => PIECES[30].replace('¤', "a") + "\n\n# A heading\n\nIts slope is {{a.slope}}.",
            "content/a/02-two.md" => {
                "## Part {#sec-a}\n\n$$\nx^2 \\label{eq-a}\n$$\n\n::: {.theorem #thm-a}\nSo.\n:::".into()
            }
            "content/b/four.md" => {
                "::: {.question #q-a}\nWhy @eq-a?\n\nWho knows.\n:::\n\n::: {.question #q-b}\nHow?\n:::".into()
            }
            "content/about.md" => "<span id=\"here-a\">raw</span> of @q-a; more words.".into(),
            "content/note.md" => "<a href=\"/about/#here-a\">raw</a> and <a href=\"/static/a.png\">raw</a>.".into(),
            _ => "Words on @fig-a, @thm-a, @sec-a. More on @q-a.".into(),
        };
        tree.insert(path, format!("---\ntitle: \"{title}\"\n---\n{text}\n\n").into_bytes());
    }
    // Where a guide is long, its pages do not show each other in their menus.
    for at in 0..if long { 61 } else { 0 } {
        tree.insert(&format!("content/z/{at}.md"), format!("---\ntitle: Z {at}\n---\n").into_bytes());
    }
    tree.insert("r.bib", FILES[0].1.as_bytes());
    tree.insert("static/a.png", *b"png");
    records(&mut dice, &mut tree);
    tree
}

/// Many edits of one site: after each the long memory and an empty one give the same site and tell the same mistakes.
fn edits(seed: u64, count: usize) -> [usize; 2] {
    let (mut dice, mut tree, mut memory) = (Dice::new(seed), whole(seed % 2 == 1), Memory::default());
    let (mut good, mut told_of) = (tree.clone(), [0; 2]);
    for at in 0..count {
        let (site, mistakes) = site_with(&tree, &mut memory);
        let (fresh, told) = site_with(&tree, &mut Memory::default());
        let changed = site.changed_from(&fresh);
        assert!(changed.is_empty(), "seed {seed}, edit {at}: {changed:?} differ");
        assert_eq!(lines(&mistakes, &tree), lines(&told, &tree), "seed {seed}, edit {at}");
        assert_eq!(mistakes, told, "seed {seed}, edit {at}");
        let is_good = !blocks(&told);
        told_of[usize::from(is_good)] += 1;
        match is_good {
            true => good = tree.clone(),
            // Most mistakes are mended soon, for in a site with mistakes links are not checked.
            false if dice.below(3) > 0 => tree = good.clone(),
            false => {}
        }
        edit(&mut dice, &mut tree);
    }
    told_of
}

#[test]
fn after_any_edit_the_site_is_the_same_as_from_an_empty_memory() {
    // One who hunts for a mistake asks for more: `EDITS=10000`.
    let count = std::env::var("EDITS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let runs: Vec<_> = (0..4).map(|seed| std::thread::spawn(move || edits(seed, count))).collect();
    let runs: Vec<[usize; 2]> = runs.into_iter().map(|run| run.join().unwrap()).collect();
    for with in [0, 1] {
        assert!(runs.iter().map(|run| run[with]).sum::<usize>() > count / 2, "faulty, good: {runs:?}");
    }
}

#[test]
fn the_memory_does_not_grow() {
    let (mut tree, mut memory) = (whole(false), Memory::default());
    site_with(&tree, &mut memory);
    let first = memory.len();
    for at in 0..2000 {
        let text = format!(
            "---\ntitle: Five {at}\n---\n# Part {at}\n\nOf $x_{{{at}}}$.\n\n```rust\nlet x = {at};\n```\n\n\
             ```rust cell\n//| label: cell-{at}\nlet x = {at};\n```\n"
        );
        tree.insert("content/c/04-five.md", text.into_bytes());
        site_with(&tree, &mut memory);
        // Formulas that are gone are kept until they are as many as the others, and a hundred.
        assert!(memory.len() < 2 * first + 120, "{first}, then {} after {at} edits", memory.len());
    }
}

#[test]
fn an_unchanged_page_keeps_its_bytes() {
    let (mut tree, mut memory) = (whole(false), Memory::default());
    let (old, _) = site_with(&tree, &mut memory);
    let text = tree.text("content/about.md").unwrap().unwrap().replace("more words", "more terms");
    tree.insert("content/about.md", text.into_bytes());
    let (new, _) = site_with(&tree, &mut memory);
    let shared =
        new.files.iter().filter(|(path, bytes)| old.files.get(*path).is_some_and(|old| Arc::ptr_eq(old, bytes)));
    let (shared, changed) = (shared.count(), new.changed_from(&old));
    assert_eq!(shared + changed.len(), new.files.len(), "{changed:?}");
    // The page and its twin, which say so in their first sentence, and the question of which they speak.
    let mut expected = [
        "about/index.html",
        "about/index.md",
        "llms.txt",
        "questions/a/index.html",
        "questions/a/index.md",
        "questions/questions.json",
    ];
    expected.sort_unstable();
    assert_eq!(changed, expected);
}

#[test]
fn a_reader_sees_every_change() {
    let folder = Folder::new("== theoria.yaml ==\ntitle: A\n== content/index.md ==\none\n== static/a.txt ==\nyes\n");
    let path = |name: &str| folder.path().join(name);
    let mut reader = Reader::default();
    let mut read = |what: &str| {
        let tree = reader.read(folder.path()).unwrap();
        assert_eq!(tree, disk::read(folder.path()).unwrap(), "{what}");
        tree
    };
    let first = read("at first");
    folder.write("content/index.md", "two\n");
    let second = read("as long as it was, a moment later");
    assert!(Arc::ptr_eq(&first.files["static/a.txt"], &second.files["static/a.txt"]));
    // From now on time stamps vouch for the files.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let third = read("after a while");
    assert!(second.files.iter().all(|(path, bytes)| Arc::ptr_eq(bytes, &third.files[path])));
    let time = fs::metadata(path("content/index.md")).unwrap().modified().unwrap();
    folder.write("content/index.md", "six\n");
    if cfg!(unix) {
        fs::File::options().write(true).open(path("content/index.md")).unwrap().set_modified(time).unwrap();
    }
    read("as long and as old as it was");
    fs::rename(path("static/a.txt"), path("content/index.md")).unwrap();
    read("another file in its place");
    folder.write("content/.hidden.md", "not read");
    folder.write("content/new/index.md", "new");
    read("a new folder");
    fs::remove_dir_all(path("content/new")).unwrap();
    fs::remove_file(path("theoria.yaml")).unwrap();
    read("less");
}

#[test]
fn a_page_hears_of_what_others_lose() {
    let (mut tree, mut memory) = (whole(false), Memory::default());
    let mut told = |tree: &Tree| {
        let (site, mistakes) = site_with(tree, &mut memory);
        assert_eq!((site, mistakes.clone()), site_with(tree, &mut Memory::default()));
        lines(&mistakes, tree)
    };
    assert_eq!(told(&tree), Vec::<String>::new());
    let about = tree.files["content/about.md"].clone();
    let text = String::from_utf8_lossy(&about).replace("here-a", "there");
    tree.insert("content/about.md", text.into_bytes());
    // Twice, for what is wrong is told again.
    for _ in 0..2 {
        assert_eq!(told(&tree), ["content/note.md:4:10 dead-link: there is no place `#here-a` on that page"]);
    }
    tree.insert("content/about.md", about);
    assert_eq!(told(&tree), Vec::<String>::new());
    tree.files.remove("static/a.png");
    assert_eq!(told(&tree), ["content/note.md:4:47 dead-link: the link to '/static/a.png' leads nowhere"]);
}
