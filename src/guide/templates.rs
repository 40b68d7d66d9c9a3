//! Templates and theme files: those embedded in the program, and those that a site puts in their place.

use std::sync::Arc;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, Tera};

use super::memory::{Digest, Memory, digest, same};
use super::mistake::{Mistakes, Span};
use super::tree::Tree;
use super::yaml::nearest;

static TEMPLATES: Dir = include_dir!("$CARGO_MANIFEST_DIR/templates");
static THEME: Dir = include_dir!("$CARGO_MANIFEST_DIR/static");

/// The templates of a site.
pub struct Templates {
    tera: Tera,
    /// Names of the templates that the site brings itself.
    own: Vec<Arc<str>>,
    /// Of the site's own templates.
    pub digest: Digest,
}

/// Templates as they were loaded, and what the site brought to them.
pub struct Loaded {
    own: Vec<(Arc<str>, Arc<[u8]>)>,
    pub templates: Templates,
    pub mistakes: Mistakes,
}

/// The theme's files, as `static/...`.
pub fn theme() -> Vec<(String, &'static [u8])> {
    let mut out = Vec::new();
    let mut open = vec![&THEME];
    while let Some(folder) = open.pop() {
        open.extend(folder.dirs());
        out.extend(
            folder
                .files()
                .map(|file| (format!("static/{}", file.path().display()).replace('\\', "/"), file.contents())),
        );
    }
    out
}

/// The templates of a site, loaded again if it brings others than it did.
pub fn load_with(tree: &Tree, memory: &mut Memory) -> Arc<Loaded> {
    let own: Vec<(Arc<str>, Arc<[u8]>)> =
        own(tree).map(|(path, bytes)| (Arc::clone(path), Arc::clone(bytes))).collect();
    let is_same = |old: &Arc<Loaded>| {
        own.len() == old.own.len() && own.iter().zip(&old.own).all(|(new, old)| new.0 == old.0 && same(&new.1, &old.1))
    };
    let loaded = memory.templates.take().filter(is_same).unwrap_or_else(|| {
        let (templates, mistakes) = load(tree);
        Arc::new(Loaded { own, templates, mistakes })
    });
    memory.templates = Some(Arc::clone(&loaded));
    loaded
}

fn own(tree: &Tree) -> impl Iterator<Item = (&Arc<str>, &Arc<[u8]>)> {
    tree.files.iter().filter(|(path, _)| path.starts_with("templates/") && path.ends_with(".html"))
}

/// Loads the embedded templates and the site's own over them.
pub fn load(tree: &Tree) -> (Templates, Mistakes) {
    let mut mistakes = Mistakes::default();
    let embedded =
        TEMPLATES.files().filter_map(|file| Some((file.path().to_str()?.to_owned(), file.contents_utf8()?.to_owned())));
    let mut all: Vec<(String, String)> = embedded.collect();
    // Under a second name a default can be extended by what stands in its place.
    let defaults: Vec<(String, String)> =
        all.iter().map(|(name, text)| (format!("theoria/{name}"), text.clone())).collect();
    all.extend(defaults);
    let mut names = Vec::new();
    for (path, bytes) in own(tree) {
        let name = path.trim_start_matches("templates/").to_owned();
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                all.retain(|(known, _)| *known != name);
                all.push((name, text.to_owned()));
                names.push(Arc::clone(path));
            }
            Err(error) => mistakes.not_utf8(Span::new(path, error.valid_up_to()..error.valid_up_to() + 1)),
        }
    }
    let digest = digest(own(tree).flat_map(|(path, bytes)| [path.as_bytes(), &**bytes]));
    let mut templates = Templates { tera: Tera::new(), own: names, digest };
    if let Err(error) = templates.tera.add_raw_templates(all) {
        match error.kind() {
            ErrorKind::SyntaxError(_) | ErrorKind::RenderingError(_) => templates.tell(&error, "", &mut mistakes),
            _ => unknown_names(tree, &error.to_string(), &mut mistakes),
        }
    }
    (templates, mistakes)
}

/// Filters, templates and the like that do not exist are told by Tera as one text: a piece each, `-->` before its place.
fn unknown_names(tree: &Tree, text: &str, mistakes: &mut Mistakes) {
    for piece in text.split("\n\n").filter(|piece| !piece.trim().is_empty()) {
        let what = piece.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let place = piece.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let mut parts = place.unwrap_or_default().rsplitn(3, ':');
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
        let span = match (number(parts.next()), number(parts.next()), parts.next()) {
            (Some(column), Some(line), Some(name)) => {
                let file: Arc<str> = format!("templates/{name}").into();
                let start = tree.offset(&file, line, column);
                Span::new(&file, start..start + 1)
            }
            // Such as: Template 'page.html' is inheriting from ...
            _ => Span::top(&format!("templates/{}", what.split('\'').nth(1).unwrap_or_default())),
        };
        mistakes.bad_template(span, what, None);
    }
}

impl Templates {
    pub fn render(&self, name: &str, context: &Context) -> Result<String, Mistakes> {
        self.tera.render(name, context).map_err(|error| {
            let mut mistakes = Mistakes::default();
            self.tell(&error, name, &mut mistakes);
            mistakes
        })
    }

    fn tell(&self, error: &tera::Error, name: &str, mistakes: &mut Mistakes) {
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                let file = format!("templates/{}", report.filename());
                let path = self.own.iter().find(|own| ***own == *file).cloned().unwrap_or_else(|| file.as_str().into());
                let range = report.span().range.clone();
                mistakes.bad_template(Span::new(&path, range), report.message(), None);
            }
            _ => {
                let known: Vec<&str> = TEMPLATES.files().filter_map(|file| file.path().to_str()).collect();
                let near = nearest(name, known.into_iter()).map(|near| format!("did you mean `{near}`?"));
                let file = format!("templates/{name}");
                mistakes.bad_template(
                    Span::top(&file),
                    &error.to_string(),
                    near.filter(|_| !self.own.iter().any(|own| **own == *file)),
                );
            }
        }
    }
}
