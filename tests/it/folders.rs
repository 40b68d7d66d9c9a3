//! Sites whose pages, templates and questions lie where their config says.

use theoria::shell::{build, disk};

use crate::support::{Folder, between, lines, page, site, tree};

const POSTS: &str = "\
== theoria.yaml ==
title: T
content: posts
templates: false
== templates/page.html ==
<!-- of another engine -->{{#if posts}} $title$ {{/if}}
== content/not-here.md ==
No page of this site.
== posts/index.md ==
Home words.
== posts/one/sequence-metadata.yaml ==
title: The first
== posts/one/02-b.md ==
---
title: B
---
![Dots](dots.svg) and [A](01-a.md).
== posts/one/01-a.md ==
---
title: A
---
Text.
== posts/one/dots.svg ==
<svg/>
";

#[test]
fn pages_lie_in_the_folder_that_the_config_names() {
    let site = site(POSTS);
    assert!(page(&site, "index.html").contains("Home words."));
    assert!(page(&site, "one/a/index.html").contains("The first"));
    let b = between(page(&site, "one/b/index.html"), "<main", "</main>");
    assert!(b.contains("src=\"../../one/dots.svg\"") && b.contains("href=\"../../one/a/\""), "{b}");
    assert!(site.files.contains_key("one/dots.svg"));
    assert!(site.files.keys().all(|path| !path.contains("not-here")));
}

#[test]
fn only_what_belongs_to_the_site_is_read_from_the_disk() {
    let folder = Folder::new(POSTS);
    folder.write("openquestions/questions.json", "[]");
    folder.write("openquestions/od-1.md", "Words.");
    folder.write("openquestions/notes.txt", "Words.");
    folder.write("build/index.html", "Old.");
    let read = disk::read(folder.path()).unwrap();
    let mut files: Vec<&str> = read.files.keys().map(|path| &**path).collect();
    files.retain(|path| !path.starts_with("posts/"));
    assert_eq!(files, ["openquestions/od-1.md", "openquestions/questions.json", "theoria.yaml"]);
}

#[test]
fn templates_may_lie_elsewhere() {
    let site = site(
        "== theoria.yaml ==\ntitle: T\ntemplates: theme/html/\n== theme/html/page.html ==\nMine: {{ page.title }}.\n\
         == templates/page.html ==\n{% broken\n== content/a.md ==\n---\ntitle: A\n---\n",
    );
    assert_eq!(page(&site, "a/index.html").trim(), "Mine: A.");
}

#[test]
fn what_is_wrong_with_a_template_is_told_where_it_lies() {
    let tree =
        tree("== theoria.yaml ==\ntemplates: theme\n== theme/page.html ==\n{% broken\n== content/a.md ==\n# A\n");
    let (_, mistakes) = build::site_of(&tree);
    let told = lines(&mistakes, &tree);
    assert!(told.iter().any(|line| line.starts_with("theme/page.html:1:")), "{told:?}");
}
