//! `theoria init` and `theoria new`, as the program itself does them.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Folder, listing, names};

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_theoria")).args(words).current_dir(folder).output().unwrap()
}

/// What the program prints; it must succeed.
#[track_caller]
fn good(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the program complains of; it must refuse.
#[track_caller]
fn refused(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(2), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_new_guide_has_no_mistake_and_is_not_written_twice() {
    let folder = Folder::new("");
    let said = good(folder.path(), &["init", "my-guide", "--title", "On \"nets\": $x$"]);
    for file in ["theoria.yaml", "content/index.md", "content/first-steps/01-averages.md", ".gitignore"] {
        assert!(said.contains(&format!("  {file}\n")), "{said}");
        assert!(folder.has(&format!("my-guide/{file}")));
    }
    assert!(said.ends_with("next: cd my-guide && theoria watch --open\n"), "{said}");
    good(folder.path(), &["check", "--site", "my-guide"]);
    let list = good(folder.path(), &["list", "questions", "--site", "my-guide", "--format", "json"]);
    assert!(list.contains("\"q-heavy-tails\""), "{list}");
    let before = listing(folder.path());
    assert!(refused(folder.path(), &["init", "my-guide"]).contains("'my-guide' holds a guide already"));
    // A file of the author's stands in the way of all others.
    folder.write("other/content/index.md", "Mine.");
    assert!(
        refused(folder.path(), &["init", "other"])
            .contains("nothing was written, for 'other' holds 'content/index.md'")
    );
    assert_eq!(names(&folder.path().join("other")), ["content"]);
    assert_eq!(folder.read("other/content/index.md"), "Mine.");
    let after: Vec<_> = listing(folder.path()).into_iter().filter(|(path, _)| !path.starts_with("other/")).collect();
    assert_eq!(after, before);
    assert!(refused(folder.path(), &["init"]).contains("say where the new guide should be"));
}

#[test]
fn new_pages_stand_where_they_belong() {
    let folder = Folder::new(
        "== theoria.yaml ==\ntitle: T\ncontent: posts\n== posts/01-nets/07-last.md ==\n---\ntitle: Last\n---\n",
    );
    let new = |words: &[&str]| good(folder.path(), &[&["new"], words].concat());
    assert_eq!(new(&["chapter", "nets", "The", "next:", "one"]).trim(), "./posts/01-nets/08-the-next-one.md");
    assert_eq!(new(&["chapter", "01-nets", "After", "it"]).trim(), "./posts/01-nets/09-after-it.md");
    assert_eq!(new(&["sequence", "Wide networks"]).trim(), "./posts/wide-networks/sequence-metadata.yaml");
    assert_eq!(new(&["chapter", "wide-networks", "First"]).trim(), "./posts/wide-networks/01-first.md");
    assert_eq!(new(&["post", "What we learned"]).trim(), "./posts/what-we-learned.md");
    assert!(folder.read("posts/01-nets/08-the-next-one.md").starts_with("---\ntitle: 'The next: one'\n"));
    assert!(folder.read("posts/what-we-learned.md").contains("\ndate: 20"));
    assert_eq!(new(&["question", "Is $x$ \"wide\"?"]).lines().count(), 2);
    let first = folder.read("openquestions/questions.json");
    new(&["question", "And deep?"]);
    let second = folder.read("openquestions/questions.json");
    assert!(second.starts_with(first.trim_end().trim_end_matches(']').trim_end()), "{second}");
    assert!(folder.has("openquestions/od-2.md"));
    good(folder.path(), &["check"]);
    let list = good(folder.path(), &["list", "questions", "--format", "json"]);
    assert!(list.contains("\"q-is-x-wide\"") && list.contains("\"q-and-deep\""), "{list}");
}

#[test]
fn nothing_is_written_over_and_wrong_words_are_explained() {
    let folder =
        Folder::new("== content/nets/01-one.md ==\n---\ntitle: One\n---\n== content/post.md ==\n---\ntitle: P\n---\n");
    let before = listing(folder.path());
    let told = |words: &[&str]| refused(folder.path(), &[&["new"], words].concat());
    assert!(told(&["chapter", "nest", "Two"]).contains("there is no sequence 'nest'; did you mean 'nets'?"));
    assert!(told(&["chapter", "deep-learning", "Two"]).contains("make it with `theoria new sequence deep-learning`"));
    assert!(
        told(&["chapter", "nets", "One"]).contains("there is a chapter of this name already: 'content/nets/01-one.md'")
    );
    assert!(told(&["sequence", "Nets"]).contains("there is a sequence 'nets' already"));
    assert!(told(&["post", "Post"]).contains("'./content/post.md' is there already"));
    assert!(told(&["post", "?!"]).contains("'?!' has no letter or digit"));
    assert!(told(&["post"]).contains("<TITLE>"));
    assert!(told(&["poem", "X"]).contains("unrecognized subcommand 'poem'"));
    assert!(told(&["post", "X", "--site", "nowhere"]).contains("there is no folder 'nowhere'"));
    assert_eq!(listing(folder.path()), before);
    let empty = Folder::new("");
    assert!(refused(empty.path(), &["new", "post", "X"]).contains("holds no guide: begin one with `theoria init`"));
}

#[test]
fn a_site_in_the_learningmechanics_form_is_taken_over() {
    let folder = Folder::new(
        "== ssg/config.py ==\n# constants\nSITE_URL         = \"https://mechanics.example\"\nSITE_TITLE = 'On \"learning\"'\nPAPER_URL = \"https://example.org/p\"\n\
         GA_ID = \"G-1\"\nGISCUS_REPO = \"a/b\"\nGISCUS_REPO_ID = \"R_1\"\nKATEX_CSS_URL = \"https://example.org/k\"\nRSS_POST_LIMIT = 20\n\
         == static/macros.js ==\n// Macros.\nwindow.LATEX_MACROS = {\n  \"\\\\vx\": \"\\\\mathbf{x}\", // a vector\n  \"\\\\norm\": \"\\\\left|#1\\\\right|\",\n};\n\
         == templates/post.html ==\n$body$ {% for\n== build/old/index.html ==\nold\n== contributors.json ==\n{\"contributors\": []}\n\
         == openquestions/questions.json ==\n[]\n== posts/one.md ==\n---\ntitle: One\n---\n$\\norm{\\vx}$ in {{PAPER_URL}}\n\n{{CITATION}}\n",
    );
    let said = good(folder.path(), &["init", "--from", "learningmechanics"]);
    let yaml = folder.read("theoria.yaml");
    for line in [
        "title: On \"learning\"\n",
        "url: https://mechanics.example\n",
        "content: posts\n",
        "templates: false\n",
        "questions: openquestions/questions.json\n",
        "  PAPER_URL: https://example.org/p\n",
        "macros_file: static/macros.js\n",
        "#     repo: a/b\n",
    ] {
        assert!(yaml.contains(line), "{line} in {yaml}");
    }
    assert!(!yaml.contains("KATEX"), "{yaml}");
    assert!(said.contains("static/macros.js, which has 2 of them") && said.contains("left to you:"), "{said}");
    good(folder.path(), &["build"]);
    assert!(folder.read("public/one/index.html").contains("https://example.org/p"));
    assert!(refused(folder.path(), &["init", "--from", "learningmechanics"]).contains("holds 'theoria.yaml' already"));
    assert!(refused(folder.path(), &["init", "--from", "hugo", "posts"]).contains("is no site of the form hugo"));
}

#[test]
fn a_hugo_site_is_taken_over() {
    let folder = Folder::new(
        "== hugo.toml ==\nbaseURL = \"https://blog.example/\"\ntitle = \"A blog\"\nlanguageCode = \"en-gb\"\n[params]\ndescription = \"On nets\"\nauthor = \"Ann\"\n[[menu.main]]\nname = \"x\"\n\
         == layouts/x.html ==\n{{ .Title }}\n== content/post/a.md ==\n---\ntitle: A\ndate: 2023-06-21T00:00:00Z\n---\nWords.\n",
    );
    let said = good(folder.path(), &["init", "--from", "hugo"]);
    let yaml = folder.read("theoria.yaml");
    for line in [
        "title: A blog\n",
        "url: https://blog.example\n",
        "language: en-gb\n",
        "description: On nets\n",
        "author: Ann\n",
    ] {
        assert!(yaml.contains(line), "{line} in {yaml}");
    }
    assert!(said.contains("the menu") && said.contains("the layouts in 'layouts'"), "{said}");
    good(folder.path(), &["check"]);
    let wowchemy = Folder::new(
        "== config/_default/config.yaml ==\ntitle: W\n== config/_default/params.yaml ==\ndescription: D\n== content/a.md ==\n# A\n",
    );
    good(wowchemy.path(), &["init", "--from", "hugo"]);
    assert!(wowchemy.read("theoria.yaml").contains("title: W\ndescription: D\n"), "{}", wowchemy.read("theoria.yaml"));
    let broken = Folder::new("== hugo.toml ==\ntitle = \n== content/a.md ==\n# A\n");
    assert!(refused(broken.path(), &["init", "--from", "hugo"]).contains("'hugo.toml' cannot be read"));
}
