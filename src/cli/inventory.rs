//! The columns of the lists of pages, sequences, tags and people.

use super::list::{PLACE, page, some};
use super::table::{Column, Fit};
use crate::guide::inventory::{PageRow, PersonRow, SequenceRow, TagRow};

pub const PAGES: &[Column] = &[
    Column::left("kind"),
    Column::right("number"),
    Column::left("date"),
    Column::left("state"),
    Column::left("address"),
    PLACE,
    Column::left("title").fit(Fit::Below),
];

pub fn of_page(row: &PageRow) -> Vec<String> {
    vec![
        row.kind.into(),
        row.number.map_or(String::new(), |number| number.to_string()),
        row.date.clone(),
        row.state.into(),
        page(&row.address),
        row.place.to_string(),
        row.title.clone(),
    ]
}

pub const SEQUENCES: &[Column] = &[
    Column::left("sequence"),
    Column::right("chapters"),
    Column::left("numbered"),
    Column::left("hidden"),
    Column::left("address"),
    PLACE,
    Column::left("title").fit(Fit::Below),
];

pub fn sequence(row: &SequenceRow) -> Vec<String> {
    let said = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    vec![
        row.label.clone(),
        some(row.chapters),
        said(row.numbered),
        said(row.hidden),
        page(&row.address),
        row.place.to_string(),
        row.title.clone(),
    ]
}

pub const TAGS: &[Column] =
    &[Column::left("kind"), Column::right("pages"), Column::left("address"), Column::left("word").fit(Fit::Spill)];

pub fn tag(row: &TagRow) -> Vec<String> {
    vec![row.kind.into(), some(row.pages), page(&row.address), row.label.clone()]
}

pub const PEOPLE: &[Column] = &[
    Column::left("name"),
    Column::right("pages"),
    Column::left("affiliation").fit(Fit::Cut),
    Column::left("url").fit(Fit::Spill),
];

pub fn person(row: &PersonRow) -> Vec<String> {
    vec![row.label.clone(), some(row.pages), row.affiliation.clone(), row.url.clone()]
}
