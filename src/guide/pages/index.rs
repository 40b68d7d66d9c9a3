//! The pages that gather: home, sequences, claims and figures.

use serde_json::{Value, json};

use super::chapter::has_math;
use super::{Sheet, Whole, context, gathered, sequence_context};
use crate::guide::address::data_path;
use crate::guide::block::{Status, plain};
use crate::guide::book::{Book, Claimed, Drawn, Lens, allowed};
use crate::guide::html::{Encoder, digits};
use crate::guide::listed::Listing;
use crate::guide::model::{Kind, Page};
use crate::guide::number::{html as number_html, significant};
use crate::record::Relation;

/// How many posts the first page shows.
const LATEST: usize = 12;

pub(super) fn home<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>) -> Sheet {
    let book = whole.book;
    let guide = book.guide;
    let page = guide.pages.iter().find(|page| page.kind == Kind::Home);
    let body = page.map_or(String::new(), |page| Encoder::new(lens, page).body());
    let featured: Vec<&Page> =
        guide.pages.iter().filter(|page| page.front.featured && guide.lists(page, Listing::Gathered)).collect();
    let all = guide.posts.as_ref().map_or(&[][..], |posts| &posts.pages).iter().map(|at| &guide.pages[*at]);
    let rest: Vec<&Page> = all.filter(|page| !page.front.featured).collect();
    let posts = rest.iter().take(LATEST).map(|page| gathered::entry(lens, page, ""));
    let posts: Vec<Value> = posts.collect();
    let more = if rest.len() > LATEST { guide.posts.as_ref() } else { None };
    let featured: Vec<Value> = featured.into_iter().map(|page| gathered::entry(lens, page, "")).collect();
    let holding = book.claims.iter().filter(|claimed| claimed.claim.holds()).count();
    let open = book.questions.iter().filter(|asked| asked.question.status != Status::Answered).count();
    let there = |page: &&Page| page.sequence().is_some() && guide.lists(page, Listing::Count);
    let title = page.map_or(guide.config.title.clone(), |page| plain(&page.title));
    let chosen = book.figures.iter().find(|drawn| drawn.cell.label == guide.config.highlight);
    let highlight =
        chosen.map_or(String::new(), |drawn| Encoder::elsewhere(lens, &guide.pages[drawn.page], "").figure(drawn.cell));
    let mut out = context(lens.config(), "home", &title, &guide.config.description, "", page.is_some_and(has_math));
    out["home"] = json!({
        "body": body, "sequences": guide.sequences.iter().filter(|sequence| !sequence.hidden).map(|sequence| sequence_context(whole, lens, sequence, "")).collect::<Vec<_>>(),
        "posts": posts, "featured": featured, "posts_title": guide.posts.as_ref().map_or("", |posts| &posts.title),
        "posts_path": more.map_or("", |posts| &posts.path), "highlight": highlight,
        "counts": {
            "chapters": guide.pages.iter().filter(there).count(), "figures": book.figures.len(),
            "claims": book.claims.len(), "holding": holding, "questions": open,
        },
    });
    Sheet { path: String::new(), sequence: None, template: "home.html", context: out }
}

pub(super) fn sequence_page<'b>(whole: &Whole<'b>, lens: &'b Lens<'b>, at: usize) -> Sheet {
    let sequence = &whole.book.guide.sequences[at];
    let mut out =
        context(lens.config(), "sequence", &sequence.title, &sequence.plain_description(), &sequence.path, true);
    out["sequence"] = sequence_context(whole, lens, sequence, &sequence.path);
    Sheet { path: sequence.path.clone(), sequence: Some(at), template: "sequence.html", context: out }
}

pub(super) fn claims<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>) -> Sheet {
    let address = "claims/";
    let mut groups: Vec<(usize, Vec<&Claimed>)> = Vec::new();
    for claimed in book.claims.iter().filter(|claimed| listed(book, claimed.page)) {
        match groups.last_mut().filter(|(page, _)| *page == claimed.page) {
            Some((_, group)) => group.push(claimed),
            None => groups.push((claimed.page, vec![claimed])),
        }
    }
    let groups = groups.into_iter().map(|(page, claims)| {
        let page = &book.guide.pages[page];
        let title = Encoder::elsewhere(lens, page, address).in_link(&page.title);
        json!({"title_html": title, "path": page.path, "claims": claims.into_iter().map(|claimed| claim_context(book, lens, claimed)).collect::<Vec<_>>()})
    });
    let holding = book.claims.iter().filter(|claimed| claimed.claim.holds()).count();
    let mut out = context(
        lens.config(),
        "claims",
        "Claims",
        "Every claim of this guide: prediction, measurement and tolerance",
        address,
        true,
    );
    out["claims"] = json!({"total": book.claims.len(), "holding": holding, "groups": groups.collect::<Vec<_>>()});
    Sheet { path: address.into(), sequence: None, template: "claims.html", context: out }
}

pub(super) fn claim_context(book: &Book, lens: &Lens, claimed: &Claimed) -> Value {
    let Claimed { page, cell, claim } = claimed;
    let digits = digits(claim);
    let figure = if cell.label.starts_with("fig-") { lens.name(&cell.label) } else { "" };
    let one_sided = claim.relation != Relation::Close;
    json!({
        "label": claim.label(), "statement": claim.name, "number": lens.cited(&claim.label()).map_or("", |(target, _)| &target.number),
        "relation": match claim.relation { Relation::Close => "", Relation::AtMost => "≤", Relation::AtLeast => "≥" },
        "measured": number_html(&significant(claim.measured, digits)), "predicted": number_html(&significant(claim.predicted, digits)),
        "tolerance": if one_sided && claim.allowed() == 0.0 { String::new() } else { number_html(&allowed(claim)) },
        "deviation": if one_sided { String::new() } else { number_html(&significant(claim.measured - claim.predicted, 2)) },
        "holds": claim.holds(),
        "path": format!("{}#{}", book.guide.pages[*page].path, claim.label()), "figure": figure,
        "code": format!("{}#{}", book.guide.pages[*page].path, cell.label), "command": cell.command(),
    })
}

pub(super) fn figures<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>) -> Sheet {
    let address = "figures/";
    let mut groups: Vec<(usize, Vec<Value>)> = Vec::new();
    for Drawn { page, cell, .. } in book.figures.iter().filter(|drawn| listed(book, drawn.page)) {
        let encoder = || Encoder::elsewhere(lens, &book.guide.pages[*page], address);
        let figure = json!({
            "number": lens.cited(&cell.label).map_or("", |(target, _)| &target.number), "label": cell.label,
            "caption_html": encoder().inlines(&cell.caption),
            "path": format!("{}#{}", book.guide.pages[*page].path, cell.label), "thumbnail_html": &*encoder().thumbnail(cell),
            "data": data_path(&cell.label, "json"), "command": cell.command(),
        });
        match groups.last_mut().filter(|(last, _)| last == page) {
            Some((_, group)) => group.push(figure),
            None => groups.push((*page, vec![figure])),
        }
    }
    let groups = groups.into_iter().map(|(page, figures)| {
        let page = &book.guide.pages[page];
        json!({"title_html": Encoder::elsewhere(lens, page, address).in_link(&page.title), "path": page.path, "figures": figures})
    });
    let mut out = context(lens.config(), "figures", "Figures", "Every figure of this guide", address, true);
    out["figures"] = json!({"total": book.figures.len(), "groups": groups.collect::<Vec<_>>()});
    Sheet { path: address.into(), sequence: None, template: "figures.html", context: out }
}

/// A hidden page is there for who knows its address, and listed nowhere.
pub(super) fn listed(book: &Book, page: usize) -> bool {
    book.guide.lists(&book.guide.pages[page], Listing::Gathered)
}
