//! What other programs are told of a site: feed, sitemap, robots.txt, llms.txt, the Markdown of pages, and their heads.

use crate::support::{between, page, site};

const SITE: &str = r#"== theoria.yaml ==
title: Tests & trials
subtitle: On <tags>
description: What a test can say.
url: https://example.org/base
authors: [Ada]
== content/first/01-one.md ==
---
title: One & only
date: 2026-01-02T10:00:00Z
lastmod: 2026-02-03
author: [Zoë, "Ben <ben>"]
tags: [a<b]
---
The first sentence cites @sec-two. The second says no more. This paragraph goes on and on, and on, until it is so long and so tedious that no
description could hold it, which is the point of it, and on.

## Part two {#sec-two}

Words with *emphasis*, `code` and a [link](/content/about.md), <b>raw</b> and 2 * 3 < 4_5 in [brackets], $x_1 < 2$.

- [x] done
- [ ] open

1. one
2. two
   - deep

> quoted
> words

| a | b |
| :- | -: |
| `x\|y` | $1$ |

$$
y = x \label{eq-line}
$$

::: {.theorem #thm-it title="On it"}
It follows from @eq-line.[^note]
:::

::: {.question #q-why topic=tests}
Why is it so?

Nobody knows.
:::

```text
a ``` b
```

\# no heading

[^note]: A note.
== content/first/02-two.md ==
---
title: Two
date: 2026-01-05
description: The second.
---
Words.
== content/first/03-hidden.md ==
---
title: Hidden
date: 2026-03-01
hidden: true
---
Words.
== content/about.md ==
---
title: About
---
Words about it.
"#;

/// Whether every element of a text of XML is closed, in the right order.
fn is_balanced(xml: &str) -> bool {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else { return false };
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match tag {
            tag if tag.starts_with('?') || tag.ends_with('/') => {}
            tag if tag.starts_with('/') => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            _ => open.push(name),
        }
    }
    open.is_empty()
}

#[test]
fn the_feed_has_dated_pages_the_latest_first() {
    let site = site(SITE);
    let feed = page(&site, "feed.xml");
    assert!(is_balanced(feed), "{feed}");
    let ids: Vec<&str> = feed.split("<id>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    let base = "https://example.org/base";
    let expected = [format!("{base}/feed.xml"), format!("{base}/first/one/"), format!("{base}/first/two/")];
    assert_eq!(ids, expected);
    let one = between(feed, "<title>One &amp; only</title>", "</entry>");
    for part in [
        "<published>2026-01-02T10:00:00Z</published>\n<updated>2026-02-03T00:00:00Z</updated>",
        "<author><name>Zoë</name></author>\n<author><name>Ben &lt;ben&gt;</name></author>",
        "<category term=\"a&lt;b\"/>",
        "<summary>The first sentence cites ‘Part two’. The second says no more.</summary>",
    ] {
        assert!(one.contains(part), "no {part} in\n{one}");
    }
    // The feed has changed when its latest entry has.
    assert!(between(feed, "<feed", "<entry>").contains("<updated>2026-02-03T00:00:00Z</updated>"));
    let about = page(&site, "about/index.html");
    assert!(about.contains(
        "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Tests &amp; trials\" href=\"../feed.xml\">"
    ));
}

#[test]
fn the_sitemap_lists_what_is_listed() {
    let site = site(SITE);
    let map = page(&site, "sitemap.xml");
    assert!(is_balanced(map), "{map}");
    let listed: Vec<&str> =
        map.split("<loc>https://example.org/base/").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    let expected =
        ["", "about/", "claims/", "figures/", "first/", "first/one/", "first/two/", "questions/", "questions/why/"];
    for path in expected {
        assert!(listed.contains(&path), "{path:?} is not in {listed:?}");
    }
    assert!(!map.contains("hidden") && !map.contains("404"));
    sorted.dedup();
    assert_eq!(sorted.len(), listed.len());
    assert!(map.contains("first/one/</loc><lastmod>2026-02-03</lastmod>"));
    assert_eq!(page(&site, "robots.txt"), "User-agent: *\nAllow: /\n\nSitemap: https://example.org/base/sitemap.xml\n");
}

#[test]
fn a_site_without_an_address_makes_no_absolute_links() {
    let site = site(&SITE.replace("url: https://example.org/base\n", ""));
    assert!(!site.files.contains_key("feed.xml") && !site.files.contains_key("sitemap.xml"));
    assert_eq!(page(&site, "robots.txt"), "User-agent: *\nAllow: /\n");
    let llms = page(&site, "llms.txt");
    assert!(llms.contains("- [1. One & only](first/one/index.md): The first sentence"), "{llms}");
    assert!(!llms.contains("Hidden"));
    assert!(page(&site, "first/one/index.md").contains("[link](../../about/)"));
    let html = page(&site, "first/one/index.html");
    assert!(!html.contains("og:url") && !html.contains("canonical") && !html.contains("feed.xml"));
}

#[test]
fn files_of_the_site_stand_before_those_that_are_made() {
    let site = site(&format!("{SITE}== content/robots.txt ==\nUser-agent: none\n== content/llms.txt ==\nours\n"));
    assert_eq!(page(&site, "robots.txt"), "User-agent: none\n");
    assert_eq!(page(&site, "llms.txt"), "ours\n");
}

#[test]
fn every_page_has_a_twin_in_markdown() {
    let site = site(SITE);
    let twin = page(&site, "first/one/index.md");
    let expected = r#"# One & only

Zoë, Ben <ben> · 2026-01-02 · https://example.org/base/first/one/

The first sentence cites [‘Part two’](https://example.org/base/first/one/#sec-two). The second says no more. This paragraph goes on and on, and on, until it is so long and so tedious that no
description could hold it, which is the point of it, and on.

## Part two

Words with *emphasis*, `code` and a [link](https://example.org/base/about/), <b>raw</b> and 2 \* 3 < 4_5 in \[brackets\], $x_1 < 2$.

- [x] done
- [ ] open

1. one
2. two
   - deep

> quoted
> words

| a | b |
| :-- | --: |
| `x\|y` | $1$ |

$$
y = x \tag{1.1}
$$

**Theorem 1.1 (On it).**

It follows from [(1.1)](https://example.org/base/first/one/#eq-line).[^note]

> **[Open question 1](https://example.org/base/questions/why/)** (open, tests): Why is it so?
>
> Nobody knows.

````text
a ``` b
````

\# no heading

[^note]: A note.
"#;
    let squeezed = |text: &str| {
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(squeezed(twin), squeezed(expected), "{twin}");
    let html = page(&site, "first/one/index.html");
    assert!(html.contains("type=\"text/markdown\" title=\"This page as Markdown\" href=\"../../first/one/index.md\""));
    assert!(
        page(&site, "questions/why/index.md").starts_with("# Why is it so?\n\nOpen question 1, open, tests. Posed in")
    );
}

#[test]
fn the_head_of_a_page_says_what_it_is() {
    let site = site(SITE);
    let html = page(&site, "first/one/index.html");
    for part in [
        "<meta name=\"description\" content=\"The first sentence cites ‘Part two’. The second says no more.\">",
        "<link rel=\"canonical\" href=\"https://example.org/base/first/one/\">",
        "<meta property=\"og:type\" content=\"article\">",
        "<meta property=\"og:title\" content=\"One &amp; only\">",
        "<meta property=\"article:published_time\" content=\"2026-01-02\">",
        "<meta property=\"article:modified_time\" content=\"2026-02-03\">",
        "<meta name=\"citation_author\" content=\"Zoë\">\n<meta name=\"citation_author\" content=\"Ben &lt;ben&gt;\">",
        "<meta name=\"citation_publication_date\" content=\"2026/01/02\">",
        "<meta name=\"citation_journal_title\" content=\"Tests &amp; trials\">",
    ] {
        assert!(html.contains(part), "no {part}");
    }
    let data: serde_json::Value = serde_json::from_str(between(html, "ld+json\">", "</script>")).unwrap();
    assert_eq!(data["author"][1]["name"], "Ben <ben>");
    assert_eq!(data["@type"], "ScholarlyArticle");
    let home = page(&site, "index.html");
    assert!(home.contains("<meta property=\"og:type\" content=\"website\">") && !home.contains("ld+json"));
}

#[test]
fn other_sites_are_asked_only_where_the_config_says_so() {
    let plain = site(SITE);
    let html = page(&plain, "first/one/index.html");
    assert!(!html.contains("services.js") && !html.contains("class=\"comments\"") && !html.contains("Edit this page"));
    let giscus = "comments:\n  giscus: {repo: ada/guide, repo_id: R_1, category: Talk, category_id: \"<1>\"}\n";
    let more = format!(
        "repository: https://github.com/ada/guide\nbranch: trunk\nanalytics: {{plausible: example.org}}\n{giscus}"
    );
    let asking = SITE.replace("authors: [Ada]\n", &format!("authors: [Ada]\n{more}"));
    let asking = asking.replace("description: The second.", "description: The second.\nno_comments: true");
    let site = site(&asking);
    let html = page(&site, "first/one/index.html");
    for part in [
        "<script src=\"../../static/services.js\" defer data-plausible=\"example.org\"></script>",
        "<section class=\"comments\" aria-label=\"Comments\" data-repo=\"ada/guide\" data-repo-id=\"R_1\" data-category=\"Talk\" data-category-id=\"&lt;1&gt;\"></section>",
        "href=\"https://github.com/ada/guide/blob/trunk/content/first/01-one.md\"",
        "href=\"https://github.com/ada/guide/edit/trunk/content/first/01-one.md\"",
    ] {
        assert!(html.contains(part), "no {part}");
    }
    assert!(!page(&site, "first/two/index.html").contains("class=\"comments\""));
}
