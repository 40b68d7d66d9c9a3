//! `theoria new`: a new sequence, chapter, post or question, in its place.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::guide::config;
use crate::guide::folders::Folders;
use crate::guide::mistake::Mistakes;
use crate::guide::model::without_order;
use crate::guide::starter::{self, File, file_name};
use crate::guide::tree::Tree;
use crate::guide::yaml::nearest;
use crate::shell::failure::Failure;
use crate::shell::{disk, start};

#[derive(Args)]
pub struct NewArgs {
    #[command(subcommand)]
    what: What,
    /// The site's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".", global = true)]
    site: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// A folder of chapters: `theoria new sequence Wide networks`.
    Sequence {
        /// Its title.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
    /// A chapter, after the last one of its sequence: `theoria new chapter wide-networks The first layer`.
    Chapter {
        /// The folder of the sequence.
        sequence: String,
        /// Its title.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
    /// A page with a date, outside of any sequence: `theoria new post What we learned`.
    Post {
        /// Its title.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
    /// A question in the file of questions: `theoria new question Is wider better?`.
    Question {
        /// The question, in one sentence.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
}

/// Writes the file and prints its path.
pub fn new(asked: &NewArgs) -> Result<(), Failure> {
    if !asked.site.is_dir() {
        return Err(Failure::Refused(format!("there is no folder '{}'", asked.site.display())));
    }
    let tree = disk::read(&asked.site)?;
    let folders = config::read(&tree, &mut Mistakes::default()).folders;
    if !tree.files.contains_key(config::FILE) && tree.files.keys().all(|path| folders.page(path).is_none()) {
        let text = format!("'{}' holds no guide: begin one with `theoria init`", asked.site.display());
        return Err(Failure::Refused(text));
    }
    match &asked.what {
        What::Sequence { title } => {
            let title = titled(title)?;
            let id = file_name(&title);
            if sequences(&folders, &tree).iter().any(|folder| file_name(without_order(folder)) == id) {
                return Err(Failure::Refused(format!("there is a sequence '{id}' already")));
            }
            write(asked, starter::sequence(&folders.content, &title))
        }
        What::Chapter { sequence, title } => {
            let folder = folder(&folders, &tree, sequence)?;
            let siblings = siblings(&tree, &folder);
            let file = starter::chapter(&folder, &siblings, &titled(title)?);
            let slug = |name: &str| file_name(without_order(name.strip_suffix(".md").unwrap_or(name)));
            let name = slug(file.path.rsplit('/').next().unwrap_or_default());
            if let Some(there) = siblings.iter().find(|sibling| slug(sibling) == name) {
                return Err(Failure::Refused(format!("there is a chapter of this name already: '{folder}/{there}'")));
            }
            write(asked, file)
        }
        What::Post { title } => write(asked, starter::post(&folders.content, &titled(title)?, &start::today())),
        What::Question { title } => question(asked, &folders, &tree, &titled(title)?),
    }
}

fn write(asked: &NewArgs, file: File) -> Result<(), Failure> {
    start::write_new(&asked.site.join(&file.path), file.text.as_bytes())?;
    println!("{}", asked.site.join(&file.path).display());
    Ok(())
}

/// The words of a title that has a letter or a digit: its file is named after those.
fn titled(words: &[String]) -> Result<String, Failure> {
    let title = words.join(" ").trim().to_owned();
    match file_name(&title).is_empty() {
        true => Err(Failure::Refused(format!("'{title}' has no letter or digit to name a file after"))),
        false => Ok(title),
    }
}

/// The folders that hold pages, just below that of the pages.
fn sequences(folders: &Folders, tree: &Tree) -> BTreeSet<String> {
    let own = tree.files.keys().filter_map(|path| folders.page(path)?.split_once('/'));
    let named = own.filter(|(_, rest)| rest.ends_with(".md") || *rest == "sequence-metadata.yaml");
    named.map(|(folder, _)| folder.to_owned()).collect()
}

/// The folder of the sequence that is meant.
fn folder(folders: &Folders, tree: &Tree, name: &str) -> Result<String, Failure> {
    let known = sequences(folders, tree);
    let wanted = file_name(without_order(name.trim_matches('/')));
    let found = known.iter().find(|folder| **folder == name || file_name(without_order(folder)) == wanted);
    let found = found.map(|folder| format!("{}/{folder}", folders.content));
    found.ok_or_else(|| {
        let near = nearest(&wanted, known.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("make it with `theoria new sequence {name}`"),
        };
        Failure::Refused(format!("there is no sequence '{name}'; {help}"))
    })
}

/// The names of chapters in a folder: files, and folders that hold a page.
fn siblings(tree: &Tree, folder: &str) -> Vec<String> {
    let inside = tree.files.keys().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
    let pages = inside.filter(|path| path.ends_with(".md"));
    let names: BTreeSet<String> = pages.map(|path| path.split('/').next().unwrap_or(path).to_owned()).collect();
    names.into_iter().collect()
}

/// Adds to the file of questions, which is made if there is none, and begins the text on what is known.
fn question(asked: &NewArgs, folders: &Folders, tree: &Tree, title: &str) -> Result<(), Failure> {
    let file = folders.questions_of(tree).into_iter().next();
    let file = file.or_else(|| folders.questions().into_iter().next());
    let Some(file) = file else {
        return Err(Failure::Refused(
            "`questions: false` in theoria.yaml says that there is no file of questions".into(),
        ));
    };
    let text = match tree.text(&file) {
        Some(Err(_)) => return Err(Failure::Refused(format!("'{file}' is not UTF-8 text"))),
        text => text.and_then(Result::ok),
    };
    let [all, said] = starter::question(&file, text, title, &start::today()).map_err(Failure::Refused)?;
    // What is known first: without its question it is told as a file of no question, which is mended easily.
    write(asked, said)?;
    disk::replace(&asked.site.join(&all.path), all.text.as_bytes())?;
    println!("{}", asked.site.join(&all.path).display());
    Ok(())
}
