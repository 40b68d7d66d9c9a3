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
    /// The folder of the site's own templates, and the names of those that it brings.
    folder: String,
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
pub fn load_with(tree: &Tree, folder: Option<&str>, memory: &mut Memory) -> Arc<Loaded> {
    let own: Vec<(Arc<str>, Arc<[u8]>)> =
        own(tree, folder).map(|(path, bytes)| (Arc::clone(path), Arc::clone(bytes))).collect();
    let is_same = |old: &Arc<Loaded>| {
        own.len() == old.own.len() && own.iter().zip(&old.own).all(|(new, old)| new.0 == old.0 && same(&new.1, &old.1))
    };
    let loaded = memory.templates.take().filter(is_same).unwrap_or_else(|| {
        let (templates, mistakes) = load(tree, folder);
        Arc::new(Loaded { own, templates, mistakes })
    });
    memory.templates = Some(Arc::clone(&loaded));
    loaded
}

fn own<'t>(tree: &'t Tree, folder: Option<&str>) -> impl Iterator<Item = (&'t Arc<str>, &'t Arc<[u8]>)> {
    let start = folder.map(|folder| format!("{folder}/"));
    let is_own = move |path: &str| start.as_ref().is_some_and(|start| path.starts_with(start.as_str()));
    tree.files.iter().filter(move |(path, _)| is_own(path) && path.ends_with(".html"))
}

/// Loads the embedded templates and over them the site's own, of a folder, if it has them.
pub fn load(tree: &Tree, folder: Option<&str>) -> (Templates, Mistakes) {
    let mut mistakes = Mistakes::default();
    let embedded =
        TEMPLATES.files().filter_map(|file| Some((file.path().to_str()?.to_owned(), file.contents_utf8()?.to_owned())));
    let mut all: Vec<(String, String)> = embedded.collect();
    // Under a second name a default can be extended by what stands in its place.
    let defaults: Vec<(String, String)> =
        all.iter().map(|(name, text)| (format!("theoria/{name}"), text.clone())).collect();
    all.extend(defaults);
    let mut names = Vec::new();
    for (path, bytes) in own(tree, folder) {
        let name = path[folder.map_or(0, |folder| folder.len() + 1)..].to_owned();
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                all.retain(|(known, _)| *known != name);
                all.push((name, text.to_owned()));
                names.push(Arc::clone(path));
            }
            Err(error) => mistakes.not_utf8(Span::new(path, error.valid_up_to()..error.valid_up_to() + 1)),
        }
    }
    unused(&all, &names, folder.map_or(0, |folder| folder.len() + 1), &mut mistakes);
    let digest = digest(own(tree, folder).flat_map(|(path, bytes)| [path.as_bytes(), &**bytes]));
    let folder = folder.unwrap_or("templates").to_owned();
    let mut templates = Templates { tera: Tera::new(), folder, own: names, digest };
    if let Err(error) = templates.tera.add_raw_templates(all) {
        match error.kind() {
            ErrorKind::SyntaxError(_) | ErrorKind::RenderingError(_) => templates.tell(&error, "", &mut mistakes),
            _ => unknown_names(tree, &templates.folder, &error.to_string(), &mut mistakes),
        }
    }
    (templates, mistakes)
}

/// Tells templates of the site that stand in no other's place and that no template names. Their names begin at `start`.
fn unused(all: &[(String, String)], own: &[Arc<str>], start: usize, mistakes: &mut Mistakes) {
    let known = || TEMPLATES.files().filter_map(|file| file.path().to_str());
    for path in own {
        let name = &path[start..];
        let quoted = [format!("\"{name}\""), format!("'{name}'"), format!("`{name}`")];
        let named = all.iter().any(|(other, text)| other != name && quoted.iter().any(|words| text.contains(words)));
        if !named && known().all(|other| other != name) {
            // Without the ending, which they share and which would make all of them alike.
            let stem = name.trim_end_matches(".html");
            let near = nearest(stem, known().map(|known| known.trim_end_matches(".html")));
            mistakes.unused_template(path, near);
        }
    }
}

/// Filters, templates and the like that do not exist are told by Tera as one text: a piece each, `-->` before its place.
fn unknown_names(tree: &Tree, folder: &str, text: &str, mistakes: &mut Mistakes) {
    for piece in text.split("\n\n").filter(|piece| !piece.trim().is_empty()) {
        let what = piece.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let place = piece.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let mut parts = place.unwrap_or_default().rsplitn(3, ':');
        let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
        let span = match (number(parts.next()), number(parts.next()), parts.next()) {
            (Some(column), Some(line), Some(name)) => {
                let file: Arc<str> = format!("{folder}/{name}").into();
                let start = tree.offset(&file, line, column);
                Span::new(&file, start..start + 1)
            }
            // Such as: Template 'page.html' is inheriting from ...
            _ => Span::top(&format!("{folder}/{}", what.split('\'').nth(1).unwrap_or_default())),
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
                let file = format!("{}/{}", self.folder, report.filename());
                let path = self.own.iter().find(|own| ***own == *file).cloned().unwrap_or_else(|| file.as_str().into());
                let range = report.span().range.clone();
                mistakes.bad_template(Span::new(&path, range), report.message(), None);
            }
            _ => {
                let known: Vec<&str> = TEMPLATES.files().filter_map(|file| file.path().to_str()).collect();
                let near = nearest(name, known.into_iter()).map(|near| format!("did you mean `{near}`?"));
                let file = format!("{}/{name}", self.folder);
                mistakes.bad_template(
                    Span::top(&file),
                    &error.to_string(),
                    near.filter(|_| !self.own.iter().any(|own| **own == *file)),
                );
            }
        }
    }
}
