//! Where pages stand and where they are listed: sequences, posts, tags, people, former addresses, companions, drafts.

use theoria::shell::build::Request;

use crate::support::{Folder, between, lines, page, run, site};

const WHOLE: &str = "== theoria.yaml ==
title: T
url: https://example.org/g
sequences: [start]
authors: [Ada Lovelace]
redirects: {old/about: 'about/#part', out.html: 'https://example.com/'}
== contributors.json ==
{\"editors\": [\"Ada Lovelace\"], \"contributors\": [
  {\"name\": \"Ada Lovelace\", \"url\": \"https://example.org/ada\", \"affiliation\": \"Society\", \"photo\": \"static/ada.png\"},
  {\"name\": \"Mary\", \"also\": [\"M. S.\"]}]}
== static/ada.png ==
png
== content/quick/sequence-metadata.yaml ==
sequence_id: start
title: A start
short_title: Start
sequence_color: [1, 2, 3]
sequence_color_dark: '#456'
== content/quick/01-wide.md ==
---
title: A long title
toc_title: In lists
short_title: Short
display_title: \"A **long** title\"
author: Ada Lovelace, Charles Babbage, Jr. and M. S.
date: 2024-01-02T23:00:00-05:00
tags: [Kernels, Learning rates]
categories: Tutorial
license: CC0
keywords: [one, two]
aliases: [/wide/, older, /wide.html]
---
# Part

Words.
== content/quick/02-own/02-own.md ==
---
title: Own
slug: other
tags: [kernels, kernels, C++]
featured: true
thumbnail: plot.png
---
<img src=\"plot.png\" alt=\"raw\">

![A plot](sub/plot.png)
== content/quick/02-own/plot.png ==
png
== content/quick/02-own/sub/plot.png ==
png
== content/quick/02-own/02-own.css ==
p {}
== content/quick/02-own/widget.js ==
export {};
== content/quick/02-own/worker.js ==
self;
== content/quick/03-planned.md ==
---
title: Planned
coming_soon: true
date: 2030-01-01
---
== content/quick/04-draft.md ==
---
title: Unready
draft: true
---
Words.
== content/quick/05-secret.md ==
---
title: Secret
hidden: true
tags: [secret]
---
Words.
== content/quick/06-last.md ==
---
title: Last
---
Words.
== content/quick/06-last.js ==
export {};
== content/blog/2024-05-01-first.md ==
---
title: First post
tags: [learning-rates]
---
Words.
== content/second.md ==
---
title: Second post
date: 3 June 2024
url: /essays/two.html
---
Words.
== content/about.md ==
---
title: About
---
## Part

Words.
== content/away/sequence-metadata.yaml ==
title: Away
hidden: true
== content/away/1.md ==
---
title: Far
---
Words.
== content/away/2.md ==
---
title: Farther
sequence: none
---
Words.
== content/deep/inner/sequence-metadata.yaml ==
title: Inner
order: 1
== content/deep/inner/1.md ==
---
title: Deep
---
Words.
";

#[test]
fn pages_stand_where_their_folders_and_their_heads_say() {
    let site = site(WHOLE);
    let pages: Vec<&str> = site.files.keys().filter_map(|path| path.strip_suffix("index.html")).collect();
    for path in [
        "start/wide/",
        "start/other/",
        "start/planned/",
        "start/secret/",
        "start/last/",
        "blog/first/",
        "blog/",
        "essays/two/",
        "about/",
        "away/1/",
        "2/",
        "inner/1/",
        "inner/",
        "tags/",
        "tags/kernels/",
        "tags/learning-rates/",
        "tags/c-plus-plus/",
        "categories/tutorial/",
        "people/",
        "wide/",
        "start/older/",
        "old/about/",
    ] {
        assert!(pages.contains(&path), "{path} of {pages:?}");
    }
    for path in ["start/draft/", "deep/", "tags/secret/", "series/", "posts/"] {
        assert!(!pages.contains(&path), "{path}");
    }
    assert!(site.files.contains_key("wide.html") && site.files.contains_key("out.html"));
    // Sequences with an order come after those that the config names, and before the others.
    let home = page(&site, "index.html");
    let at = |text: &str| home.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("sequence-start") < at("sequence-inner") && !home.contains("sequence-away"), "{home}");
    assert!(at(">Featured<") < at("sequence-start") && at("blog/first/") > at("essays/two/"));
    assert!(home.contains("fill=\"rgb(1, 2, 3)\"") && home.contains("fill=\"#456\""));
}

#[test]
fn a_page_has_a_title_for_each_place() {
    let site = site(WHOLE);
    let wide = page(&site, "start/wide/index.html");
    assert!(wide.contains("<h1>A <strong>long</strong> title</h1>"), "{wide}");
    assert!(wide.contains("<title>A long title · T</title>") && wide.contains("<a href=\"#main\">Short</a>"), "{wide}");
    assert!(page(&site, "start/index.html").contains(">In lists</a>"));
    assert!(page(&site, "about/index.html").contains("/start/wide/\">Short</a>"));
    assert!(wide.contains("<span class=\"licence\">CC0</span>") && wide.contains("content=\"one, two\""));
    let byline = between(wide, "<span class=\"authors\">", "<span class=\"date\">");
    let expected = "<img class=\"portrait\" src=\"../../static/ada.png\" alt=\"\"><a href=\"https://example.org/ada\" rel=\"author\">\
                    Ada Lovelace</a> <span class=\"affiliation\">(Society)</span>, Charles Babbage, Jr. and \
                    <a href=\"../../people/#mary\" rel=\"author\">M. S.</a></span>";
    assert_eq!(byline, expected);
    assert!(wide.contains("<span class=\"date\">2 January 2024</span>"));
}

#[test]
fn files_in_a_page_s_own_folder_are_below_its_address_and_are_loaded() {
    let site = site(WHOLE);
    let own = page(&site, "start/other/index.html");
    assert!(site.files.contains_key("start/other/plot.png") && site.files.contains_key("start/other/sub/plot.png"));
    assert!(own.contains("src=\"../../start/other/sub/plot.png\"") && own.contains("alt=\"raw\""), "{own}");
    assert!(
        own.contains("src=\"../../start/other/plot.png\" alt=\"raw\"") || own.contains("src=\"plot.png\" alt=\"raw\""),
        "{own}"
    );
    let scripts: Vec<&str> = own.split("<script type=\"module\" src=\"").skip(1).collect();
    assert_eq!(scripts.len(), 1, "{own}");
    assert!(scripts[0].starts_with("../../start/other/widget.js\"></script>"), "{}", scripts[0]);
    assert!(own.contains("<link rel=\"stylesheet\" href=\"../../start/other/02-own.css\">"), "{own}");
    assert!(page(&site, "start/last/index.html").contains("src=\"../../quick/06-last.js\"></script>"));
    assert!(!page(&site, "start/wide/index.html").contains("type=\"module\""));
    let files = "== content/a.md ==\n---\ntitle: A\nscripts: [static/x.js, 'https://example.org/y.js']\n---\n== content/static/x.js ==\n1\n";
    let named = site_page(files, "a/index.html");
    assert!(
        named.contains("src=\"../static/x.js\"></script>\n<script type=\"module\" src=\"https://example.org/y.js\">"),
        "{named}"
    );
    let none = site_page(
        "== content/a/index.md ==\n---\ntitle: A\nscripts: false\n---\n== content/a/x.js ==\n1\n",
        "a/index.html",
    );
    assert!(!none.contains("module"));
}

fn site_page(files: &str, path: &str) -> String {
    page(&site(files), path).to_owned()
}

#[test]
fn hidden_planned_and_unready_pages_are_listed_alike_everywhere() {
    let site = site(WHOLE);
    let list = page(&site, "start/index.html");
    assert!(
        list.contains("Planned<span class=\"soon\">coming soon</span>") && !list.contains("start/planned/"),
        "{list}"
    );
    assert!(!list.contains("Secret") && !list.contains("Unready"));
    let map = page(&site, "sitemap.xml");
    for (path, listed) in
        [("start/wide/", true), ("start/planned/", false), ("start/secret/", false), ("away/1/", false)]
    {
        assert_eq!(map.contains(&format!("/{path}</loc>")), listed, "{path}");
    }
    assert!(!map.contains("/wide/</loc><") || map.contains("/start/wide/</loc>"));
    assert!(!map.contains("g/old/about/") && !map.contains("out.html"));
    let feed = page(&site, "feed.xml");
    assert!(feed.contains("2024-01-02T23:00:00-05:00") && !feed.contains("Planned"), "{feed}");
    // From the second chapter the next is the last: between them are a planned one, a draft and a hidden one.
    let own = page(&site, "start/other/index.html");
    assert!(own.contains("rel=\"next\" href=\"../../start/last/\""), "{own}");
    assert!(page(&site, "away/index.html").contains("away/1/"));
    assert!(
        page(&site, "index.html").contains("<b>5</b> chapters")
            || page(&site, "index.html").contains("<b>4</b> chapters")
    );
}

#[test]
fn words_that_pages_bear_have_pages_of_their_own() {
    let site = site(WHOLE);
    let tags = page(&site, "tags/index.html");
    assert!(tags.contains("tags/kernels/\">Kernels</a> <span class=\"n\">2</span>"), "{tags}");
    assert!(tags.contains("tags/learning-rates/\">Learning rates</a> <span class=\"n\">2</span>"), "{tags}");
    let kernels = page(&site, "tags/kernels/index.html");
    assert!(kernels.contains("start/wide/") && kernels.contains("start/other/"), "{kernels}");
    let wide = page(&site, "start/wide/index.html");
    assert!(wide.contains("<a href=\"../../tags/kernels/\">Kernels</a>"), "{wide}");
    assert!(wide.contains("<a href=\"../../categories/tutorial/\">Tutorial</a>"));
    let secret = page(&site, "start/secret/index.html");
    assert!(secret.contains("<span class=\"tag\">secret</span>"), "{secret}");
}

#[test]
fn people_are_shown_with_what_they_wrote() {
    let site = site(WHOLE);
    let people = page(&site, "people/index.html");
    let ada = between(people, "<li id=\"ada-lovelace\">", "</li>\n    \n");
    assert!(ada.contains("../start/wide/\">In lists</a>") && ada.contains("Society"), "{ada}");
    assert!(people.contains("<h2>Editors</h2>") && people.contains("<h2>Contributors</h2>"), "{people}");
    let mary = between(people, "<li id=\"mary\">", "</section>");
    assert!(mary.contains("../start/wide/") && !mary.contains("../start/last/"), "{mary}");
    // Where nothing is said of anyone but a name, there is no such page.
    let plain = site_of_names();
    assert!(!plain.files.contains_key("people/index.html"));
}

fn site_of_names() -> theoria::guide::site::Site {
    site("== theoria.yaml ==\nauthors: [Ada, Ben]\n== content/a.md ==\n---\ntitle: A\n---\n")
}

#[test]
fn former_addresses_lead_to_where_pages_are_now() {
    let site = site(WHOLE);
    let wide = page(&site, "wide/index.html");
    assert!(
        wide.contains("content=\"0; url=../start/wide/\"") && wide.contains("<a href=\"../start/wide/\">"),
        "{wide}"
    );
    assert!(wide.contains("<link rel=\"canonical\" href=\"https://example.org/g/start/wide/\">"), "{wide}");
    assert!(!wide.contains("<script") && page(&site, "wide.html").contains("url=./start/wide/"));
    assert!(page(&site, "start/older/index.html").contains("url=../../start/wide/"));
    assert!(page(&site, "old/about/index.html").contains("url=../../about/#part"));
    assert!(page(&site, "out.html").contains("url=https://example.com/"));
}

#[test]
fn drafts_are_part_of_the_site_where_they_are_asked_for() {
    let files = "== content/s/1.md ==\n---\ntitle: A\n---\nWords.\n== content/s/2.md ==\n---\ntitle: Unready\ndraft: true\ndate: 2024-01-01\n---\n[x](gone.md)\n\n\
                 ```rust cell\n//| label: one\n```\n== content/s/2.ledger/one.record ==\ntheoria record 1\ncell one\nmanifest\nend\n";
    let folder = Folder::new(files);
    let report = folder.check();
    // What is wrong with a draft is not told, and its records wait for it.
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
    assert_eq!(report.pages, 1);
    let report = run(&Request { drafts: true, check_only: true, ..folder.request() });
    assert_eq!(
        lines(&report.mistakes, &report.tree),
        ["content/s/2.md:6:1 dead-link: the link to 'gone.md' leads nowhere"]
    );
    folder.write("content/s/2.md", "---\ntitle: Unready\ndraft: true\n---\nWords.\n");
    std::fs::remove_dir_all(folder.path().join("content/s/2.ledger")).expect("a folder can be removed");
    let report = run(&Request { drafts: true, ..folder.request() });
    assert_eq!(lines(&report.mistakes, &report.tree), Vec::<String>::new());
    let list = folder.read("public/s/index.html");
    assert!(list.contains("Unready</a><span class=\"soon\">draft</span>"), "{list}");
    assert!(folder.read("public/s/2/index.html").contains("<b>Draft.</b>"));
    folder.build();
    assert!(!folder.has("public/s/2/index.html"));
}
