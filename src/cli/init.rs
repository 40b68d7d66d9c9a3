//! `theoria init`: a new guide, or the config that a site of another generator needs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use walkdir::{DirEntry, WalkDir};

use crate::guide::foreign::{self, Checkout, Generator};
use crate::guide::starter::{self, File};
use crate::shell::failure::Failure;
use crate::shell::start;

#[derive(Args)]
pub struct InitArgs {
    /// The folder of the new guide, or of the checkout [default with `--from`: this one]
    folder: Option<PathBuf>,
    /// Writes the `theoria.yaml` that a checkout of such a site needs, and nothing else.
    #[arg(long, value_enum, value_name = "KIND")]
    from: Option<Form>,
    /// What the guide is called [default: after its folder]
    #[arg(long, conflicts_with = "from")]
    title: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Learningmechanics,
    Hugo,
}

/// Files larger than this say nothing of a site.
const LARGEST: u64 = 4_000_000;

/// Writes the files, lists them and says what to do next.
pub fn init(asked: &InitArgs) -> Result<(), Failure> {
    match (asked.from, &asked.folder) {
        (Some(from), folder) => take_over(folder.as_deref().unwrap_or(Path::new(".")), from),
        (None, Some(folder)) => begin(folder, asked.title.as_deref()),
        (None, None) => Err(Failure::Refused("say where the new guide should be: `theoria init my-guide`".into())),
    }
}

fn begin(folder: &Path, title: Option<&str>) -> Result<(), Failure> {
    if folder.join("theoria.yaml").exists() {
        return Err(Failure::Refused(format!("'{}' holds a guide already", folder.display())));
    }
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::Refused(format!("'{}' is no folder", folder.display())));
    }
    let full = std::path::absolute(folder).map_err(Failure::file("find", folder))?;
    let name = full.file_name().map_or("guide".into(), |name| name.to_string_lossy());
    let title = title.map_or_else(|| crate::guide::model::words(&name), str::to_owned);
    let files = starter::guide(&title);
    start::write_all(folder, &files)?;
    println!("{} holds a guide called '{title}':", folder.display());
    files.iter().for_each(|file| println!("  {}", file.path));
    let here = full == std::env::current_dir().unwrap_or_default();
    let change = if here { String::new() } else { format!("cd {} && ", folder.display()) };
    println!("next: {change}theoria watch --open");
    Ok(())
}

fn take_over(folder: &Path, from: Form) -> Result<(), Failure> {
    if !folder.is_dir() {
        return Err(Failure::Refused(format!("there is no folder '{}'", folder.display())));
    }
    let (generator, name) = match from {
        Form::Learningmechanics => (Generator::LearningMechanics, "learningmechanics"),
        Form::Hugo => (Generator::Hugo, "hugo"),
    };
    let checkout = checkout(folder)?;
    let taken = foreign::read(generator, &checkout)
        .map_err(|why| Failure::Refused(format!("'{}' is no site of the form {name}: {why}", folder.display())))?;
    start::write_all(folder, &[File { path: "theoria.yaml".into(), text: taken.yaml }])?;
    println!("wrote {}", folder.join("theoria.yaml").display());
    println!("taken:");
    taken.taken.iter().for_each(|line| println!("  {line}"));
    if !taken.left.is_empty() {
        println!("left to you:");
        taken.left.iter().for_each(|line| println!("  {line}"));
    }
    let site = if folder == Path::new(".") { String::new() } else { format!(" --site {}", folder.display()) };
    println!("next: theoria check{site}");
    Ok(())
}

/// What a checkout holds, but for what was built and what is hidden.
fn checkout(folder: &Path) -> Result<Checkout, Failure> {
    let (mut texts, mut paths) = (BTreeMap::new(), Vec::new());
    let skipped = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let built = ["build", "public", "node_modules", "resources", "target"].contains(&&*name);
        entry.depth() > 0 && (name.starts_with('.') || (entry.depth() == 1 && built))
    };
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| !skipped(entry)) {
        let Ok(entry) = entry else { continue };
        if !entry.file_type().is_file() {
            continue;
        }
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = inside.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        let speaks = [".md", ".py", ".js", ".json", ".toml", ".yaml", ".yml"].iter().any(|end| path.ends_with(end));
        let small = entry.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST);
        if speaks && small {
            let bytes = fs::read(entry.path()).map_err(Failure::file("read", entry.path()))?;
            texts.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
        }
        paths.push(path);
    }
    Ok(Checkout { texts, paths })
}
