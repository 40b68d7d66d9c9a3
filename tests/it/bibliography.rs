//! Works of others: how they are cited, where they are listed, and what a build remembers of that.

use theoria::guide::memory::Memory;
use theoria::guide::tree::Tree;
use theoria::shell::build::{site_of, site_with};

use crate::support::{between, lines, page, site, tree};

/// A bibliography as authors have them: abbreviations, marks of LaTeX, formulas, and keys of every kind.
const WORKS: &str = "\
@string{nips = \"Advances in Neural Information Processing Systems\"}
% A remark.
@comment{@article{ignored, title={Nothing}}}
@inproceedings{jacot2018ntk,
  title={Neural Tangent Kernel: Convergence and Generalization in Neural Networks},
  author={Jacot, Arthur and Gabriel, Franck and Hongler, Cl{\\'e}ment},
  booktitle=nips, volume={31}, year={2018},
  eprint={1806.07572}, archivePrefix={arXiv}
}
@article{jacot:2018/b, title={Another \\& of the same year}, author={Jacot, Arthur and Gabriel, Franck and Hongler, Cl{\\'e}ment},
  journal={J. Theory}, volume={3}, number={2}, pages={1--9}, year={2018}, doi={10.1000/xyz(1)}}
@book{roberts_2022, title={The Principles of {D}eep Learning in $n \\to \\infty$}, author={Roberts, Daniel A. and Yaida, Sho},
  publisher={Cambridge University Press}, year={2022}, url={https://example.org/book?a=1&b=2}}
@misc{schr.1926, title={{\\\"U}ber <Quanten>}, author={Schr{\\\"o}dinger, Erwin}, year={1926}, note={arXiv:1234.56789}}
@misc{unused, title={Nobody}, author={Nobody, N.}, year={2000}}
";

fn files(yaml: &str, text: &str) -> String {
    format!(
        "== theoria.yaml ==\ntitle: T\nbibliography: references.bib\n{yaml}== references.bib ==\n{WORKS}\
         == content/a/01-one.md ==\n---\ntitle: One\n---\n{text}\n\
         == content/a/02-two.md ==\n---\ntitle: Two\n---\nAs [@roberts_2022] says.\n"
    )
}

fn prose(files: &str) -> String {
    let site = site(files);
    between(page(&site, "a/one/index.html"), "<div class=\"prose\">", "<footer class=\"chapter-foot\">").to_owned()
}

/// Texts and what a reader sees of their first paragraph, without tags.
#[test]
fn works_are_cited_as_the_author_asks() {
    let cases = [
        ("See [@roberts_2022].", "See (Roberts and Yaida 2022)."),
        ("See [@roberts_2022, p. 3].", "See (Roberts and Yaida 2022, p. 3)."),
        ("See [@roberts_2022, pp. 3-5, 7 and more].", "See (Roberts and Yaida 2022, pp. 3–5, 7 and more)."),
        (
            "See [cf. @roberts_2022, chap. 2; also @schr.1926].",
            "See (cf. Roberts and Yaida 2022, chap. 2; also Schrödinger 1926).",
        ),
        ("@jacot2018ntk say so, and -@jacot2018ntk too.", "Jacot et al. (2018a) say so, and 2018a too."),
        ("@roberts_2022 [p. 3] and @{roberts_2022}.", "Roberts and Yaida (2022, p. 3) and Roberts and Yaida (2022)."),
        (
            "Roberts and Yaida [-@roberts_2022] and [@jacot2018ntk; @jacot:2018/b].",
            "Roberts and Yaida (2022) and (Jacot et al. 2018a; 2018b).",
        ),
        (
            "By [@jacot:2018/b, *passim*] @handle of me@roberts_2022.",
            "By (Jacot et al. 2018a, passim) @handle of me@roberts_2022.",
        ),
    ];
    for (text, expected) in cases {
        let extra = if expected.contains("2018a;") || text.contains("handle") || text.contains("ntk") {
            "\n\n[@jacot2018ntk; @jacot:2018/b]"
        } else {
            ""
        };
        let found = prose(&files("", &format!("{text}{extra}")));
        let first = between(&found, "<p>", "</p>");
        assert_eq!(without_tags(first), expected, "{text}: {first}");
    }
}

fn without_tags(html: &str) -> String {
    let mut out = String::new();
    html.split('<').enumerate().for_each(|(at, part)| match at {
        0 => out.push_str(part),
        _ => out.push_str(part.split_once('>').map_or("", |(_, text)| text)),
    });
    out
}

#[test]
fn a_page_lists_what_it_cites_and_leads_back() {
    let found =
        prose(&files("", "One [@jacot2018ntk], two [@jacot2018ntk; @roberts_2022], three.[^n]\n\n[^n]: @schr.1926."));
    let list = between(&found, "<section class=\"references\"", "</section>");
    assert!(list.contains("<h2 id=\"cited-works\">"), "{list}");
    // By the names of the authors.
    let at = |id: &str| list.find(&format!("<li id=\"{id}\">")).unwrap_or_else(|| panic!("no {id} in {list}"));
    assert!(at("ref-jacot2018ntk") < at("ref-roberts_2022") && at("ref-roberts_2022") < at("ref-schr.1926"));
    assert!(!list.contains("unused") && !list.contains("J. Theory"));
    assert!(list.contains("Clément Hongler") || list.contains("C. Hongler"), "{list}");
    assert!(list.contains("<em>Advances in Neural Information Processing Systems</em>"), "{list}");
    assert!(list.contains("<a href=\"https://arxiv.org/abs/1806.07572\">arXiv:1806.07572</a>"), "{list}");
    assert!(list.contains("<a href=\"https://example.org/book?a=1&amp;b=2\">example.org</a>"), "{list}");
    assert!(list.contains("Über &lt;Quanten&gt;") && list.contains("https://arxiv.org/abs/1234.56789"), "{list}");
    assert!(list.contains("class=\"katex\"") && !list.contains("$n"), "{list}");
    // Two places cite the first work.
    assert!(
        list.contains("href=\"#cite-1\"") && list.contains("href=\"#cite-2\"") && list.contains("href=\"#cite-3\"")
    );
    assert!(found.contains("id=\"cite-3\"") && found.contains("<a class=\"cite\" href=\"#ref-schr.1926\">"), "{found}");
}

#[test]
fn the_site_lists_all_that_is_cited_and_by_whom() {
    let site = site(&files("", "[@schr.1926] and [@roberts_2022]."));
    let list = page(&site, "references/index.html");
    assert!(list.contains("The <b>2</b> works"), "{list}");
    let roberts = between(list, "<li id=\"ref-roberts_2022\">", "</li>");
    assert!(roberts.contains("Cited in <a href=\"../a/one/\">One</a>, <a href=\"../a/two/\">Two</a>"), "{roberts}");
    assert!(page(&site, "a/one/index.html").contains("<a href=\"../../references/\">References</a>"));
}

#[test]
fn styles_differ_and_one_may_be_the_sites_own() {
    let text = "One [@schr.1926], two [@jacot2018ntk; @schr.1926], @roberts_2022.";
    let ieee = prose(&files("csl: ieee\n", text));
    assert!(ieee.contains("href=\"#ref-schr.1926\">[1]</a>"), "{ieee}");
    assert!(ieee.contains("<li id=\"ref-schr.1926\"><span class=\"work-label\">[1]</span>"), "{ieee}");
    let apa = prose(&files("csl: apa\n", text));
    assert!(apa.contains("(<a class=\"cite\" href=\"#ref-schr.1926\">Schrödinger, 1926</a>)"), "{apa}");
    let own = include_str!("../../src/guide/bibliography/theoria.csl")
        .replace("prefix=\"(\" suffix=\")\" delimiter=\"; \"", "prefix=\"⟨\" suffix=\"⟩\" delimiter=\"; \"");
    let own = prose(&format!("{}== mine.csl ==\n{own}", files("csl: mine.csl\n", text)));
    assert!(own.contains("⟨<a class=\"cite\" href=\"#ref-schr.1926\">"), "{own}");
}

#[test]
fn a_page_may_have_a_bibliography_of_its_own() {
    let own = "@misc{own, title={Of the page}, author={Own, O.}, year={2001}}";
    let files = files("", "A [@own] b [@schr.1926].").replace("title: One\n", "title: One\nbibliography: own.bib\n");
    let files = format!("{files}== content/a/own.bib ==\n{own}\n");
    assert!(prose(&files).contains("<li id=\"ref-own\">"));
    // Others do not see it.
    let other = files.replace("As [@roberts_2022]", "As [@own]");
    let tree = tree(&other);
    let told = lines(&site_of(&tree).1, &tree);
    assert_eq!(told, ["content/a/02-two.md:4:5 missing-reference: the bibliography has no entry `own`"]);
}

#[test]
fn the_list_stands_where_the_author_puts_it() {
    let found = prose(&files("", "A [@schr.1926].\n\n::: {#refs}\n:::\n\nLast words."));
    assert!(found.find("ref-schr.1926\">").unwrap() < found.find("Last words").unwrap(), "{found}");
    assert!(found.find("<section class=\"references\"").unwrap() < found.find("Last words").unwrap(), "{found}");
    let headed = prose(&files("", "A [@schr.1926].\n\n## References\n"));
    assert!(headed.contains("<h2 id=\"references\">") && !headed.contains("cited-works"), "{headed}");
}

#[test]
fn what_a_build_remembers_of_citations_is_what_it_would_find() {
    let edits: [fn(&str) -> String; 7] = [
        |bib| bib.replace("Jacot, Arthur", "Jakot, Arthur"),
        |bib| bib.replace("2022", "2023").replace("roberts_2023", "roberts_2022"),
        |bib| format!("{bib}@misc{{late, title={{Late}}, author={{Late, L.}}, year={{2024}}}}\n"),
        |bib| bib.replace("@misc{unused,", "@misc{used,"),
        |bib| bib.replace("year={1926}", "year={1926"),
        |bib| bib.replace("@misc{schr.1926", "@misc{gone"),
        str::to_owned,
    ];
    let text = "One [@jacot2018ntk; @schr.1926] and @roberts_2022, [@jacot:2018/b].";
    let mut memory = Memory::default();
    let mut check = |tree: &Tree, what: &str| {
        let (site, told) = site_with(tree, &mut memory);
        let (fresh, fresh_told) = site_of(tree);
        assert_eq!(site.changed_from(&fresh), Vec::<String>::new(), "{what}");
        assert_eq!(told, fresh_told, "{what}");
        site
    };
    let before = check(&tree(&files("", text)), "at first");
    for (at, edit) in edits.iter().enumerate() {
        let edited = files("", text).replace(WORKS, &edit(WORKS));
        let after = check(&tree(&edited), &format!("edit {at}"));
        if at == 3 {
            // A work that nobody cites concerns no page.
            assert_eq!(after.changed_from(&before), Vec::<String>::new());
        }
        check(&tree(&files("csl: ieee\n", text)), "another style");
        check(&tree(&files("", text)), "as before");
    }
}

/// The entry by which a page is cited, as a reader copies it.
fn entry(site: &theoria::guide::site::Site, path: &str) -> String {
    let page = page(site, &format!("{path}index.html"));
    let entry = between(page, "<pre class=\"code bibtex\"><code>", "</code>");
    entry.replace("&quot;", "\"").replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn what_a_page_says_of_citing_it_is_read_back_as_it_was() {
    let odd = "50% of R&D: {x} ~ y^2, a_b #1 \\\\\\\\ C:\\\\\\\\d";
    let site = site(&format!(
        "== theoria.yaml ==\ntitle: A & B\nurl: https://example.org/g\n\
         == content/s/sequence-metadata.yaml ==\ntitle: The_Start\nauthors: [Ada de Vries, 'Research and Sons', 'X, Inc.']\n\
         == content/s/a-b.md ==\n---\ntitle: 'The NTK of a ReLU: $\\sqrt n$'\ndate: 2026-03-04\n---\nA.\n\
         == content/s/a/b.md ==\n---\ntitle: \"{odd}\"\nauthor: Bo\n---\nA.\n\
         == content/post.md ==\n---\ntitle: Alone\ndate: 2025\n---\nA.\n"
    ));
    let entries = ["s/a-b/", "s/b/", "post/"].map(|path| entry(&site, path));
    assert_eq!(
        entries[0],
        "@incollection{vries2026:s/a-b,\n  author = {Ada de Vries and {Research and Sons} and {X, Inc.}},\n  \
         title = {The {NTK} of a {ReLU:} {$\\sqrt n$}},\n  booktitle = {The\\_Start},\n  publisher = {A \\& B},\n  \
         chapter = {1},\n  year = {2026},\n  month = mar,\n  url = {https://example.org/g/s/a-b/},\n}"
    );
    assert_eq!(
        entries[2],
        "@misc{guide2025:post,\n  title = {Alone},\n  howpublished = {A \\& B},\n  year = {2025},\n  \
         url = {https://example.org/g/post/},\n}"
    );
    // Another guide cites them.
    let works = entries.join("\n");
    let citing = format!(
        "== theoria.yaml ==\ntitle: T\nbibliography: r.bib\n== r.bib ==\n{works}\n\
         == content/a.md ==\n---\ntitle: A\n---\n[@vries2026:s/a-b], [@bo:s/b], [@guide2025:post].\n"
    );
    let tree = tree(&citing);
    let (site, mistakes) = site_of(&tree);
    assert_eq!(lines(&mistakes, &tree), Vec::<String>::new());
    let list = without_tags(between(page(&site, "a/index.html"), "<section class=\"references\"", "</section>"));
    for said in ["Research and Sons", "X, Inc.", "50% of R&amp;D: {x} ~ y^2, a_b #1 \\ C:\\d", "The_Start", "A &amp; B"]
    {
        assert!(list.contains(said), "{said} in {list}");
    }
}
