//! Open questions: in the text and in files, their lists, their pages, and what programs are told of them.

use serde_json::Value;
use theoria::guide::site::Site;

use crate::support::{between, formulas_as_tex, page, site};

const GUIDE: &str = "\
== theoria.yaml ==
title: Wide
url: https://example.org/wide
== openquestions/questions.json ==
[
  {\"id\": \"oq-2-1\", \"slug\": \"is-wider-better\", \"title\": \"Is $n \\\\to \\\\infty$ better?\", \"text\": \"On *which* tasks?\\n\\n> All of them.\",
   \"sequence\": \"nets\", \"sequence_order\": 2, \"question_number\": 1, \"context_post\": \"nets/two\", \"context_section\": null},
  {\"id\": \"od-1\", \"slug\": \"what-are-features\", \"title\": \"What are features?\", \"emoji\": \"🔬\", \"text\": \"\", \"topics\": [\"features\", \"width\"],
   \"sequence\": \"broad\", \"sequence_order\": 0, \"question_number\": 1, \"context_post\": null, \"asked\": \"2026-01-02\", \"aliases\": [\"features\"]},
  {\"id\": \"od-2\", \"slug\": \"units\", \"title\": \"Is it made of units?\", \"status\": \"partly-answered\", \"answered_by\": \"[Ada (1843)](https://example.org/ada), see @q-depth\",
   \"sequence\": \"broad\", \"sequence_order\": 0, \"question_number\": 2, \"context_post\": \"one\"}
]
== openquestions/od-1.md ==
Much was said of $f_a$.[^a]

[^a]: Not here.

See also {od: units}.
== content/broad/sequence-metadata.yaml ==
title: Broad directions
== content/01-nets/01-one.md ==
---
title: One
date: 2025-09-01
---
## Depth

::: {.question #q-depth status=open topic=\"depth, width\" asked=2024-02-03 aliases=deeper}
How deep is deep enough?
:::

Nobody knows. Is [this](/openquestions/is-wider-better) related? It may be, as {od: od-1} suggests with $x^2$. Another sentence.

{od: od-2}

See [the last](#od-2), @q-units and @q-deeper.
== content/01-nets/02-two.md ==
---
title: Two
---
- As @q-depth says.
";

fn main_of(site: &Site, path: &str) -> String {
    formulas_as_tex(between(page(site, path), "<main", "</main>"))
}

#[test]
fn questions_of_files_and_of_the_text_are_one_list_in_reading_order() {
    let site = site(GUIDE);
    let list = main_of(&site, "questions/index.html");
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("no '{text}' in {list}"));
    assert!(at("questions/depth/") < at("questions/is-wider-better/"));
    assert!(at("questions/is-wider-better/") < at("questions/units/"));
    assert!(list.contains("<h2>Broad directions</h2>"), "{list}");
    // The numbers of files stay; the others take those that are left.
    for number in ["3", "2", "2.1", "1"] {
        assert!(list.contains(&format!("<span class=\"n\">{number}</span>")), "{number} in {list}");
    }
    assert!(list.contains("data-status=\"partly\"") && list.contains("data-topics=\"depth|width\""), "{list}");
    assert!(list.contains("Partly answered by <a href=\"https://example.org/ada\">Ada (1843)</a>"), "{list}");
    // By topic and by status, for who reads without script.
    let registers = between(&list, "<section class=\"registers\">", "For programs");
    assert!(between(registers, "<dt>width</dt>", "</dd>").contains("questions/what-are-features/"));
    assert!(between(registers, "<dt>partly answered</dt>", "</dd>").contains(">2</a>"));
}

#[test]
fn the_page_of_a_question_says_all_that_is_known_of_it() {
    let site = site(GUIDE);
    let wider = main_of(&site, "questions/is-wider-better/index.html");
    assert!(wider.contains("<h1>Is <span class=\"math\">⟦n \\to \\infty⟧</span> better?</h1>"), "{wider}");
    assert!(wider.contains("<p>On <em>which</em> tasks?</p>") && wider.contains("<blockquote>"), "{wider}");
    assert!(wider.contains("Posed in <a href=\"../../nets/two/\">Two</a>"), "{wider}");
    assert!(
        between(&wider, "id=\"mentions\"", "</ul>")
            .contains("<p>Is <a href=\"../../questions/is-wider-better/\">this</a> related?</p>"),
        "{wider}"
    );
    let features = main_of(&site, "questions/what-are-features/index.html");
    assert!(features.contains("Much was said of") && features.contains("<li id=\"fn-1\">"), "{features}");
    assert!(between(&features, "id=\"mentions\"", "</ul>").contains("⟦x^2⟧"), "{features}");
    let units = main_of(&site, "questions/units/index.html");
    // It is shown on the page that it arises on, and mentioned in what is said of another.
    assert!(units.contains("Posed in <a href=\"../../nets/one/#od-2\">One</a>"), "{units}");
    assert!(
        between(&units, "id=\"mentions\"", "</ul>").contains("href=\"../../questions/what-are-features/\""),
        "{units}"
    );
}

#[test]
fn a_question_is_shown_and_named_where_it_is_spoken_of() {
    let site = site(GUIDE);
    let one = main_of(&site, "nets/one/index.html");
    let card = between(&one, "<aside class=\"question shown partly\" id=\"od-2\">", "</aside>");
    assert!(card.contains("<a class=\"number\" href=\"../../questions/units/\">Open question 2</a>"), "{card}");
    assert!(
        one.contains(
            "as <a class=\"ref numbered\" href=\"../../questions/what-are-features/\">Open question 1</a> suggests"
        ),
        "{one}"
    );
    // A question that stands in no text is cited by its page; a former name counts.
    assert!(one.contains("<a class=\"ref numbered\" href=\"../../questions/units/\">Open question 2</a>"), "{one}");
    assert!(one.contains("<a class=\"ref numbered\" href=\"#q-depth\">Open question 3</a>"), "{one}");
    assert!(!site.files.contains_key("openquestions/questions.json"));
}

#[test]
fn programs_find_all_questions_and_hear_of_new_ones() {
    let site = site(GUIDE);
    let all: Value = serde_json::from_str(page(&site, "questions/questions.json")).unwrap();
    assert_eq!(all["schema"], 1);
    let entries = all["questions"].as_array().unwrap();
    let ids: Vec<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["q-depth", "q-units", "q-is-wider-better", "q-what-are-features"]);
    let units = &entries[1];
    assert_eq!(units["url"], "https://example.org/wide/questions/units/");
    assert_eq!(units["status"], "partly answered");
    assert_eq!(units["answered_by"], "Ada (1843), see Open question 3");
    assert_eq!(units["sequence"]["title"], "Broad directions");
    assert_eq!(units["posed_in"]["url"], "https://example.org/wide/nets/one/#od-2");
    assert_eq!(entries[0]["topics"].as_array().unwrap().len(), 2);
    assert_eq!(entries[0]["mentions"][0]["sentence"], "See the last, Open question 2 and Open question 3.");
    let feed = page(&site, "questions/feed.xml");
    let order: Vec<usize> = ["what-are-features", "units", "depth"]
        .map(|slug| feed.find(&format!("<id>https://example.org/wide/questions/{slug}/</id>")).unwrap())
        .to_vec();
    assert!(order.is_sorted(), "{feed}");
    assert!(feed.contains("<published>2026-01-02T00:00:00Z</published>"), "{feed}");
}

#[test]
fn figures_and_claims_of_the_section_belong_to_a_question() {
    let cell =
        "```rust cell\n//| label: fig-growth\n//| caption: A line.\n//| alt: A line.\nshow.value(\"x\", 2);\n```\n";
    let asked = "::: {.question #q-a}\nWhy?\n:::\n";
    let cites = "::: {.question #q-b}\nHow?\n\nSee @claim-it-is-positive.\n:::\n";
    let record = include_str!("../sites/ledger/content/a.ledger/fig-growth.record");
    let site = site(&format!(
        "== content/s/a.md ==\n---\ntitle: A\n---\n## One\n\n{asked}\n{cell}\n## Two\n\n{cites}\n== content/s/a.ledger/fig-growth.record ==\n{record}"
    ));
    let a = main_of(&site, "questions/a/index.html");
    assert!(between(&a, "id=\"related-figures\"", "</ul>").contains("href=\"../../s/a/#fig-growth\""), "{a}");
    assert_eq!(between(&a, "id=\"related-claims\"", "</ul>").matches("<li>").count(), 2);
    let b = main_of(&site, "questions/b/index.html");
    assert!(!b.contains("related-figures"), "{b}");
    let claims = between(&b, "id=\"related-claims\"", "</ul>");
    assert!(claims.contains("#claim-it-is-positive\"") && !claims.contains("#claim-the-slope-is-one\""), "{claims}");
}

#[test]
fn a_site_without_questions_has_no_feed_and_an_empty_list() {
    let site = site("== theoria.yaml ==\nurl: https://example.org\n== content/a.md ==\n---\ntitle: A\n---\n");
    assert!(!site.files.contains_key("questions/feed.xml"));
    let all: Value = serde_json::from_str(page(&site, "questions/questions.json")).unwrap();
    assert_eq!(all["count"], 0);
    assert!(!page(&site, "questions/index.html").contains("<form"));
}
