//! Open questions in their order: their numbers, where they arise, who speaks of them, and what belongs to them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Asked, Book, Mention, Target};
use crate::guide::address::question_path;
use crate::guide::block::{Inline, visit, visit_inlines, visit_line};
use crate::guide::link::{self, Link};
use crate::guide::listing::words;
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::model::{Kind, Page, without_order};
use crate::guide::outline::{Place, Said, Section};
use crate::guide::question::{Filed, Form, Question, label};
use crate::guide::redirect::{former_paths, question_folder};
use crate::guide::yaml::nearest;
use crate::record::kebab;

/// A question by its page and its index there.
type Key = (usize, usize);

/// What files say of where their questions belong, with indices in place of names.
#[derive(Default)]
struct Files<'g> {
    /// The page that each arises on.
    posts: HashMap<Key, usize>,
    sequences: HashMap<Key, usize>,
    /// The box of a page, by its number there, that shows a question.
    boxes: HashMap<(usize, usize), Key>,
    /// All of them, in the order of the files.
    all: Vec<Key>,
    /// Labels of all figures; labels of claims, by their own and by those of their cells.
    figures: HashSet<&'g str>,
    claims: HashMap<String, Vec<String>>,
}

impl<'a> Book<'a> {
    /// Gives every question its number and its place. Cost: O(questions * pages).
    pub(super) fn gather_questions(&mut self, m: &mut Mistakes) {
        let files = self.files(m);
        let mut placed: BTreeSet<Key> = BTreeSet::new();
        let mut order: Vec<(Key, Option<Key>)> = Vec::new();
        for (at, page) in self.guide.pages.iter().enumerate().filter(|(_, page)| page.kind != Kind::Questions) {
            for place in &page.outline.places {
                let Place::Question(index) = *place else { continue };
                let bound = match page.text.questions[index].form {
                    Form::Boxed(number) => files.boxes.get(&(at, number)).copied(),
                    _ => None,
                };
                order.push((bound.unwrap_or((at, index)), Some((at, index))));
                placed.extend(bound);
            }
            let mut after = |of: &dyn Fn(&Key) -> bool| {
                let keys = files.all.iter().filter(|key| of(key) && placed.insert(**key));
                order.extend(keys.map(|key| (*key, None)));
            };
            after(&|key| files.posts.get(key) == Some(&at));
            let ends = |sequence: &usize| self.guide.sequences[*sequence].chapters.last() == Some(&at);
            after(&|key| !files.posts.contains_key(key) && files.sequences.get(key).is_some_and(ends));
        }
        order.extend(files.all.iter().filter(|key| placed.insert(**key)).map(|key| (*key, None)));
        self.number(order, &files, m);
        self.name_questions(m);
    }

    fn asked(&self, (page, index): Key) -> &'a Question {
        &self.guide.pages[page].text.questions[index]
    }

    /// Puts the questions into the book, in this order, each with the place in the text where it stands.
    fn number(&mut self, order: Vec<(Key, Option<Key>)>, files: &Files<'a>, m: &mut Mistakes) {
        let fixed = |key: &Key| self.asked(*key).filed().and_then(Filed::fixed_number);
        let given: BTreeSet<String> = order.iter().filter_map(|(key, _)| fixed(key)).collect();
        let mut count = 0;
        for (key, stands) in order {
            let (page, question) = (key.0, self.asked(key));
            let number = question.filed().and_then(Filed::fixed_number).unwrap_or_else(|| {
                // Those that files give are taken.
                count += 1;
                while given.contains(&count.to_string()) {
                    count += 1;
                }
                count.to_string()
            });
            let own = &self.guide.pages[page];
            let span =
                own.span(question.span.start..question.span.start + if question.filed().is_some() { 1 } else { 3 });
            let name = format!("Open question {number}");
            let home = stands.map_or(page, |(page, _)| page);
            let target = Target { page: home, anchor: question.label.clone(), name, number: number.clone(), span };
            self.target(question.label.clone(), target, m);
            let post = stands.map(|(page, _)| page).or_else(|| files.posts.get(&key).copied());
            let section = stands.and_then(|(page, index)| {
                self.guide.pages[page].outline.sections.iter().find(|section| section.questions.contains(&index))
            });
            let named = question.filed().and_then(|filed| self.section(post?, filed));
            let own = question.filed().is_some_and(|filed| filed.sequence.is_some());
            let of_post = || post.filter(|_| !own).and_then(|at| self.guide.pages[at].sequence());
            let sequence = files.sequences.get(&key).copied().or_else(of_post);
            let discussion = question_path(&question.label);
            let spoken = |at: &usize| self.guide.pages[*at].kind == Kind::Discussion;
            let discussion = self.index.addresses.get(discussion.as_str()).copied().filter(spoken);
            let anchor = match (stands, question.filed().and_then(|filed| filed.section.as_ref())) {
                (Some(_), _) => question.label.clone(),
                (None, Some(_)) => named.map_or(String::new(), |section| section.id.clone()),
                (None, None) => post.map_or(String::new(), |at| self.embedded(at, question)),
            };
            if let (Some((at, _)), Some(filed)) = (stands, question.filed()) {
                let ids = [&question.label, &filed.id].into_iter().filter(|id| !id.is_empty());
                self.shown[at].extend(ids.cloned());
            }
            let (figures, claims) = self.related(question, discussion, section.or(named).zip(post), files);
            if let Some(stands) = stands {
                self.posed.entry(stands).or_insert(self.questions.len());
            }
            self.questions.push(Asked {
                page,
                question,
                number,
                post,
                anchor,
                sequence,
                stands,
                discussion,
                figures,
                claims,
                mentions: Vec::new(),
            });
        }
    }

    /// The id of a page under which it shows a question, if it does.
    fn embedded(&self, page: usize, question: &Question) -> String {
        let embeds = &self.guide.pages[page].outline.embeds;
        let names = [&question.label].into_iter().chain(&question.aliases).map(String::as_str);
        names.chain([question.slug()]).find(|name| embeds.contains(*name)).unwrap_or_default().to_owned()
    }

    fn section(&self, post: usize, filed: &Filed) -> Option<&'a Section> {
        let (name, _) = filed.section.as_ref()?;
        let id = kebab(name);
        self.guide.pages[post].outline.sections.iter().find(|section| section.id == *name || section.id == id)
    }

    /// The figures and the claims that are cited in a question and in what is said of it, and those of its section.
    fn related(
        &self,
        question: &Question,
        discussion: Option<usize>,
        section: Option<(&Section, usize)>,
        files: &Files<'a>,
    ) -> (Vec<String>, Vec<String>) {
        let mut labels: Vec<String> = Vec::new();
        let mut cite = |inline: &Inline| match inline {
            Inline::Reference { label, .. } => labels.push(label.clone()),
            Inline::Cited(cited) => labels.extend(cited.items.iter().map(|item| item.key.clone())),
            _ => {}
        };
        visit(&question.title, &mut cite);
        visit(&question.answer, &mut cite);
        visit_inlines(&question.blocks, &mut cite);
        if let Some(discussion) = discussion {
            visit_inlines(&self.guide.pages[discussion].text.blocks, &mut cite);
        }
        if let Some((section, page)) = section {
            let cells = section.cells.iter().map(|at| &self.guide.pages[page].text.cells[*at]);
            labels.extend(cells.map(|cell| cell.label.clone()));
        }
        let mut cited: Vec<String> = Vec::new();
        labels.into_iter().for_each(|label| cited.extend((!cited.contains(&label)).then_some(label)));
        let figures = cited.iter().filter(|label| files.figures.contains(label.as_str())).cloned().collect();
        let mut claims: Vec<String> = Vec::new();
        for label in cited.iter().filter_map(|label| files.claims.get(label)).flatten() {
            claims.extend((!claims.contains(label)).then(|| label.clone()));
        }
        (figures, claims)
    }

    /// Every name by which a question can be asked for, and every address that leads to its page.
    fn name_questions(&mut self, m: &mut Mistakes) {
        for (at, asked) in self.questions.iter().enumerate() {
            let question = asked.question;
            let path = question_path(&question.label);
            let file = &self.guide.pages[asked.page].file;
            for from in former_paths(question, file).into_iter().chain([path.clone()]) {
                self.index.questions.entry(from).or_insert_with(|| path.clone());
            }
            if let Some(folder) = question_folder(question, file) {
                self.index.questions.entry(format!("{folder}/")).or_insert_with(|| "questions/".into());
            }
            let names = [question.label.clone(), question.slug().to_owned()];
            let others = question.aliases.iter().flat_map(|alias| [alias.clone(), label(alias)]);
            for name in names.into_iter().chain(others) {
                self.names.entry(name).or_insert(at);
            }
        }
        let aliased = self
            .questions
            .iter()
            .flat_map(|asked| asked.question.aliases.iter().map(move |alias| (label(alias), asked)));
        let aliased: Vec<(String, Target)> = aliased
            .filter_map(|(alias, asked)| Some((alias, self.targets.get(&asked.question.label)?.clone())))
            .collect();
        for (alias, target) in aliased {
            match self.targets.get(&alias) {
                Some(first) if first.anchor == target.anchor => {}
                Some(first) => m.duplicate_label(target.span, &alias, first.span.clone()),
                None => drop(self.targets.insert(alias, target)),
            }
        }
    }

    /// Where the questions of files belong; a name that nothing has is told.
    fn files(&self, m: &mut Mistakes) -> Files<'a> {
        let mut files =
            Files { figures: self.figures.iter().map(|drawn| drawn.cell.label.as_str()).collect(), ..Files::default() };
        for claimed in &self.claims {
            let label = claimed.claim.label();
            files.claims.entry(claimed.cell.label.clone()).or_default().push(label.clone());
            files.claims.entry(label.clone()).or_default().push(label);
        }
        let posts: BTreeMap<String, usize> = self.posts();
        let sequences: BTreeMap<String, usize> = self.sequences();
        for (at, page) in self.guide.pages.iter().enumerate().filter(|(_, page)| page.kind == Kind::Questions) {
            for (index, question) in page.text.questions.iter().enumerate() {
                let Some(filed) = question.filed() else { continue };
                let key = (at, index);
                files.all.push(key);
                if let Some((name, span)) = &filed.sequence {
                    match sequences.get(&kebab(name)) {
                        Some(sequence) => drop(files.sequences.insert(key, *sequence)),
                        None if self.guide.empty_sequences.iter().any(|(id, _)| *id == kebab(name)) => {}
                        None => {
                            let known = sequences.keys().map(String::as_str);
                            let known = known.chain(self.guide.empty_sequences.iter().map(|(id, _)| id.as_str()));
                            m.question_of_no_sequence(page.span(span.clone()), name, nearest(&kebab(name), known));
                        }
                    }
                }
                let Some((name, span)) = &filed.post else { continue };
                let wanted = name.trim_matches('/').trim_end_matches(".html").trim_end_matches(".md");
                let Some(post) = posts.get(wanted).copied() else {
                    let near = nearest(wanted, posts.keys().map(String::as_str));
                    m.question_of_no_page(page.span(span.clone()), name, near);
                    continue;
                };
                files.posts.insert(key, post);
                if let Some(number) = filed.number {
                    files.boxes.entry((post, number)).or_insert(key);
                }
                if let (Some((name, span)), None) = (&filed.section, self.section(post, filed)) {
                    let ids = self.guide.pages[post].outline.sections.iter().map(|section| section.id.as_str());
                    let near = nearest(&kebab(name), ids.filter(|id| !id.is_empty()));
                    m.question_of_no_section(page.span(span.clone()), name, near);
                }
            }
        }
        files
    }

    /// Pages by the names under which a file of questions may know them: address, folder and name, and name alone.
    fn posts(&self) -> BTreeMap<String, usize> {
        let mut out = BTreeMap::new();
        let pages = || {
            self.guide
                .pages
                .iter()
                .enumerate()
                .filter(|(_, page)| matches!(page.kind, Kind::Chapter { .. } | Kind::Standalone))
        };
        for (at, page) in pages() {
            out.entry(page.path.trim_end_matches('/').to_owned()).or_insert(at);
        }
        for (at, page) in pages() {
            out.entry(format!("{}/{}", self.folder(page), page.slug)).or_insert(at);
        }
        for (at, page) in pages() {
            out.entry(page.slug.clone()).or_insert(at);
        }
        out
    }

    fn folder(&self, page: &Page) -> String {
        let inside = self.guide.config.folders.page(&page.file).unwrap_or_default();
        kebab(without_order(inside.split('/').next().unwrap_or_default()))
    }

    /// Sequences by their ids, and by the folders of their chapters.
    fn sequences(&self) -> BTreeMap<String, usize> {
        let mut out: BTreeMap<String, usize> =
            self.guide.sequences.iter().enumerate().map(|(at, sequence)| (sequence.id.clone(), at)).collect();
        for (at, sequence) in self.guide.sequences.iter().enumerate() {
            for chapter in &sequence.chapters {
                out.entry(self.folder(&self.guide.pages[*chapter])).or_insert(at);
            }
        }
        out
    }

    /// The question that bears a name: a label, a slug or an id.
    pub fn question(&self, name: &str) -> Option<&Asked<'a>> {
        self.names.get(name).map(|at| &self.questions[*at])
    }

    /// The question that a page shows, by its index there.
    pub fn posed(&self, page: usize, index: usize) -> Option<&Asked<'a>> {
        self.posed.get(&(page, index)).map(|at| &self.questions[*at])
    }

    /// Where pages speak of a question, with the sentence that does.
    pub(super) fn gather_mentions(&mut self) {
        let mut found: Vec<(usize, Mention)> = Vec::new();
        for (index, page) in self.guide.pages.iter().enumerate() {
            for (said, inlines) in &page.outline.speaks {
                let mut told = BTreeSet::new();
                for said in said {
                    let Some(at) = self.spoken(page, said) else { continue };
                    // A question's own page is no place that mentions it.
                    if self.questions[at].discussion == Some(index) || !told.insert(at) {
                        continue;
                    }
                    // One that is shown alone is part of no sentence; where it arises that is told already.
                    let alone = matches!(inlines.as_slice(), [Inline::Embed { .. }]);
                    if alone && self.questions[at].post == Some(index) {
                        continue;
                    }
                    let inlines = match alone {
                        true => Vec::new(),
                        false => sentence(inlines, &|inline| self.speaks(page, inline, at)),
                    };
                    let sentence = words(self, page, &inlines).trim().to_owned();
                    found.push((at, Mention { page: index, sentence, inlines }));
                }
            }
        }
        for (at, mention) in found {
            self.questions[at].mentions.push(mention);
        }
    }

    fn spoken(&self, page: &Page, said: &Said) -> Option<usize> {
        match said {
            Said::Name(name) => self.names.get(name).copied(),
            Said::Link(to) => match link::resolve(self, page, to) {
                Link::Inside(path, _) => {
                    let slug = path.strip_prefix("questions/")?.strip_suffix('/')?;
                    self.names.get(slug).copied()
                }
                _ => None,
            },
        }
    }

    fn speaks(&self, page: &Page, inline: &Inline, of: usize) -> bool {
        let said = match inline {
            Inline::Cited(cited) => return cited.items.iter().any(|item| self.names.get(&item.key) == Some(&of)),
            Inline::Reference { label, .. } => Said::Name(label.clone()),
            Inline::Embed { name, .. } => Said::Name(name.clone()),
            Inline::Link { to, .. } => Said::Link(to.clone()),
            _ => return false,
        };
        self.spoken(page, &said) == Some(of)
    }
}

/// The sentence of a paragraph in which something is said. A sentence ends in a text, not within emphasis or a link.
fn sentence(inlines: &[Inline], said: &dyn Fn(&Inline) -> bool) -> Vec<Inline> {
    let says = |inline: &Inline| {
        let mut found = false;
        visit_line(std::slice::from_ref(inline), &mut |inner| found |= said(inner));
        found
    };
    let Some(at) = inlines.iter().position(says) else { return inlines.to_vec() };
    // Not every full stop ends a sentence: after `e.g.` there is no capital.
    let follows = |index: usize| match inlines.get(index + 1) {
        None => true,
        Some(Inline::SoftBreak | Inline::HardBreak) => true,
        Some(_) => false,
    };
    let stops = |index: usize| -> Vec<usize> {
        let Inline::Text(text) = &inlines[index] else { return Vec::new() };
        let capital = |dot: &usize| {
            let rest = text[dot + 1..].trim_start();
            let spaced = text[dot + 1..].starts_with(' ');
            (spaced && rest.starts_with(|c: char| c.is_uppercase() || "‘“(".contains(c)))
                || (rest.is_empty() && follows(index))
        };
        text.match_indices(['.', '?', '!']).map(|(dot, _)| dot).filter(capital).collect()
    };
    let mut out = Vec::new();
    for index in (0..at).rev() {
        if let (Inline::Text(text), Some(dot)) = (&inlines[index], stops(index).last()) {
            out.push(Inline::Text(text[dot + 1..].trim_start().to_owned()));
            break;
        }
        out.push(inlines[index].clone());
    }
    out.reverse();
    out.push(inlines[at].clone());
    for (index, inline) in inlines.iter().enumerate().skip(at + 1) {
        if let (Inline::Text(text), Some(dot)) = (inline, stops(index).first()) {
            out.push(Inline::Text(text[..=*dot].to_owned()));
            break;
        }
        out.push(inline.clone());
    }
    let aside = |inline: &Inline| match inline {
        Inline::Footnote { .. } | Inline::Note { .. } | Inline::Side { .. } => true,
        Inline::Text(text) => text.is_empty(),
        _ => false,
    };
    out.retain(|inline| !aside(inline));
    while matches!(out.first(), Some(Inline::SoftBreak | Inline::HardBreak)) {
        out.remove(0);
    }
    out
}

/// Where a question is written in the sources.
pub fn span_of(book: &Book, asked: &Asked) -> Span {
    book.guide.pages[asked.page].span(asked.question.span.clone())
}
