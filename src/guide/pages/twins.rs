//! The Markdown twins of pages and of questions: a head, and the text.

use crate::guide::address::question_path;
use crate::guide::block::plain;
use crate::guide::book::{Book, Lens};
use crate::guide::date::Date;
use crate::guide::html::answered;
use crate::guide::model::Page;
use crate::guide::twin::Twin;

pub(super) fn page<'b>(lens: &'b Lens<'b>, page: &'b Page) -> String {
    let mut twin = Twin::new(lens, page, &page.path);
    let config = lens.config();
    let mut head = vec![format!("# {}", twin.line(&page.title))];
    head.extend(page.front.subtitle.clone());
    head.extend(page.front.description.clone());
    let authors = page.authors(config);
    let date = page.front.date.as_ref().map(Date::iso);
    let address = (!config.url.is_empty()).then(|| format!("{}/{}", config.url, page.path));
    let facts: Vec<String> = [Some(authors.join(", ")), date, address].into_iter().flatten().collect();
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    head.extend((!facts.is_empty()).then(|| facts.join(" · ")));
    format!("{}\n\n{}", head.join("\n\n"), twin.body()).trim_end().to_owned() + "\n"
}

pub(super) fn question<'b>(book: &'b Book<'b>, lens: &'b Lens<'b>, index: usize) -> String {
    let asked = &book.questions[index];
    let (question, page) = (asked.question, &book.guide.pages[asked.page]);
    let mut twin = Twin::new(lens, page, &question_path(&question.label));
    let topic = if question.topics.is_empty() { String::new() } else { format!(", {}", question.topics.join(", ")) };
    let head = format!(
        "# {}\n\nOpen question {}, {}{topic}. ",
        twin.line(&question.title),
        asked.number,
        question.status.name()
    );
    let posed = asked.post.map_or(String::new(), |at| {
        let page = &book.guide.pages[at];
        format!("Posed in {}.", twin.link(&page.path, &plain(&page.title)))
    });
    let answer = match question.answer.is_empty() {
        true => String::new(),
        false => format!("\n\n{} {}", answered(question.status), twin.line(&question.answer)),
    };
    let body = twin.blocks(&question.blocks);
    let said = asked.discussion.map_or(String::new(), |at| {
        let page = &book.guide.pages[at];
        format!("\n\n{}", Twin::new(lens, page, &page.path).body())
    });
    let body = format!("{head}{posed}{answer}\n\n{body}{}{said}", twin.footnotes());
    let mentions = asked.mentions.iter().map(|mention| {
        let page = &book.guide.pages[mention.page];
        let sentence = match mention.sentence.as_str() {
            "" => String::new(),
            sentence => format!(": {sentence}"),
        };
        format!("- {}{sentence}", twin.link(&page.path, &plain(&page.title)))
    });
    let mentions: Vec<String> = mentions.collect();
    let mentions =
        if mentions.is_empty() { String::new() } else { format!("\n\n## Mentioned in\n\n{}", mentions.join("\n")) };
    format!("{}{mentions}\n", body.trim_end())
}
