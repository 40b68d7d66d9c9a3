//! From jobs to one program that can run each of them: a package of cargo's, generated in the cache.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};

use super::cache::{self, Scratch};
use super::cancel;
use super::cells::{Progress, Settings};
use super::failure::Failure;
use super::library;
use super::toolchain::Toolchain;
use crate::guide::diagnosis::{self, Message};
use crate::guide::job::{self, Job};
use crate::guide::mistake::{Mistakes, Span};
use crate::guide::program;
use crate::guide::tree::Tree;

/// How cells are compiled: what changes often quickly, and what never changes once and well.
const PROFILE: &str = r#"# Not part of any workspace that the cache may lie in.
[workspace]

[profile.cell]
inherits = "release"
incremental = true
lto = "off"
# So that a panic inside a library is blamed on the page's line that called it.
debug = "line-tables-only"
# A difference of counts that wraps around would be a wrong number on a page.
overflow-checks = true

[profile.cell.package."*"]
debug = false
overflow-checks = false

[profile.cell.package.theoria]
incremental = false
codegen-units = 1
"#;

/// What came of compiling.
pub struct Compiled<'a> {
    /// Those that compile.
    pub jobs: Vec<&'a Job>,
    /// The program that runs them; none if no cell compiles.
    pub program: Option<Program>,
    pub mistakes: Mistakes,
    /// The lock of the extra crates, if it is not the one in the settings.
    pub lock: Option<String>,
}

pub struct Program {
    pub path: PathBuf,
    /// The folder from which the compiler named the pages.
    pub package: PathBuf,
}

/// Compiles all jobs into one program, leaving out those that the compiler refuses.
pub fn compile<'a>(
    jobs: &[&'a Job],
    tree: &Tree,
    settings: &Settings,
    scratch: &Scratch,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Compiled<'a>, Failure> {
    let mut mistakes = Mistakes::default();
    let mut jobs: Vec<&Job> = jobs.iter().copied().filter(|job| closed(job, tree, &mut mistakes)).collect();
    if jobs.is_empty() {
        return Ok(Compiled { jobs, program: None, mistakes, lock: None });
    }
    let package = Package::open(settings)?;
    while !jobs.is_empty() {
        package.write(&jobs, tree)?;
        let expected = jobs.iter().map(|job| settings.durations.of(&job.label)).sum::<Duration>();
        progress(Progress::Compiling { cells: jobs.len(), expected: expected * settings.passes.len() as u32 });
        match package.build(progress)? {
            Built::Program(path) => {
                let path = keep(&path, scratch)?;
                let program = Some(Program { path, package: package.folder.clone() });
                return Ok(Compiled { jobs, program, mistakes, lock: package.lock()? });
            }
            Built::Nothing(messages, stderr) => {
                let diagnosis = diagnosis::diagnose(&messages, tree, &jobs);
                if diagnosis.blamed.is_empty() {
                    let text = diagnosis.others.into_iter().chain([stderr]).collect::<Vec<_>>().join("\n");
                    return Err(Failure::Program { name: "cargo".into(), text: text.trim().to_owned() });
                }
                mistakes.append(diagnosis.mistakes);
                jobs.retain(|job| !diagnosis.blamed.contains(&job.label));
            }
        }
    }
    Ok(Compiled { jobs, program: None, mistakes, lock: package.lock()? })
}

/// Whether a cell closes what it opens; one that does not would swallow the rest of its page.
fn closed(job: &Job, tree: &Tree, mistakes: &mut Mistakes) -> bool {
    let page = page(tree, job);
    match program::check(page, job) {
        Ok(()) => true,
        Err((offset, text)) => {
            let end = offset + page[offset..].chars().next().map_or(0, char::len_utf8);
            mistakes.cell_is_not_closed(Span::new(&job.span.file, offset..end), &text);
            false
        }
    }
}

fn page<'a>(tree: &'a Tree, job: &Job) -> &'a str {
    tree.text(&job.span.file).and_then(Result::ok).unwrap_or_default()
}

/// The program under a name of its own, so that another build of the site cannot replace it while it runs.
fn keep(built: &Path, scratch: &Scratch) -> Result<PathBuf, Failure> {
    let kept = scratch.path().join(format!("program{}", std::env::consts::EXE_SUFFIX));
    if fs::hard_link(built, &kept).is_err() {
        fs::copy(built, &kept).map_err(Failure::file("copy the program to", &kept))?;
    }
    Ok(kept)
}

/// The generated package of one site, locked against other processes while it lives.
struct Package<'a> {
    settings: &'a Settings,
    /// The program's name, distinct for each site: they share one folder of compiled crates.
    name: String,
    folder: PathBuf,
    library: PathBuf,
    toolchain: &'static Toolchain,
    _lock: fs::File,
}

/// What a call of cargo gave.
enum Built {
    Program(PathBuf),
    /// The compiler's messages, and what cargo itself said.
    Nothing(Vec<Message>, String),
}

impl<'a> Package<'a> {
    fn open(settings: &'a Settings) -> Result<Package<'a>, Failure> {
        let toolchain = Toolchain::find(&settings.root)?;
        cache::folder(&settings.cache)?;
        // The compiler resolves links in paths, so that names are only comparable without them.
        let cache = settings.cache.canonicalize().map_err(Failure::file("find", &settings.cache))?;
        let library = library::unpack(&cache)?;
        let name = cache::site_name(&settings.root);
        let lock = cache::lock(&cache.join("sites").join(format!("{name}.lock")))?;
        let folder = cache.join("sites").join(&name);
        Ok(Package { settings, name, folder, library, toolchain, _lock: lock })
    }

    fn write(&self, jobs: &[&Job], tree: &Tree) -> Result<(), Failure> {
        let mut pages: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
        for job in jobs {
            pages.entry(&job.span.file).or_default().push(job);
        }
        let mut main = "#![allow(warnings)]\n#![deny(unused_must_use)]\n".to_owned();
        let mut cells = String::new();
        for (path, jobs) in &pages {
            cache::write(&self.folder.join(path), &job::module(page(tree, jobs[0]), jobs))?;
            let module = module_name(path);
            main += &format!("#[path = {path:?}]\nmod {module};\n");
            for (index, job) in jobs.iter().enumerate() {
                let function = job::function(index);
                cells +=
                    &format!("    ::theoria::show::Cell {{ label: {:?}, run: {module}::{function} }},\n", job.label);
            }
        }
        main += &format!("fn main() {{\n    ::theoria::show::main(&[\n{cells}    ])\n}}\n");
        cache::write(&self.folder.join("main.rs"), &main)?;
        cache::write(&self.folder.join("Cargo.toml"), &self.manifest())?;
        let lock = self.settings.lock.as_deref().filter(|_| self.has_crates());
        cache::write(&self.folder.join("Cargo.lock"), lock.unwrap_or(library::lock()))
    }

    fn has_crates(&self) -> bool {
        !self.settings.dependencies.is_empty()
    }

    fn manifest(&self) -> String {
        let mut dependencies = self.settings.dependencies.clone();
        for (_, value) in dependencies.iter_mut() {
            // A crate beside the site: its path is meant from the site's root.
            if let Some(path) = value.get_mut("path") {
                let found = self.settings.root.join(path.as_str().unwrap_or_default());
                *path = found.to_string_lossy().into_owned().into();
            }
        }
        let library = Table::from_iter([
            ("path".to_owned(), Value::from(self.library.to_string_lossy().into_owned())),
            ("default-features".to_owned(), Value::from(false)),
        ]);
        dependencies.insert("theoria".into(), library.into());
        let dependencies = Table::from_iter([("dependencies".to_owned(), Value::from(dependencies))]);
        format!(
            "[package]\nname = \"{cells}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [[bin]]\nname = \"{program}\"\npath = \"main.rs\"\n\n{PROFILE}\n{dependencies}",
            cells = library::CELLS,
            program = self.name,
        )
    }

    fn build(&self, progress: &(dyn Fn(Progress) + Sync)) -> Result<Built, Failure> {
        let mut command = self.toolchain.cargo();
        command.current_dir(&self.folder).arg("build").args(["--quiet", "--profile=cell", "--message-format=json"]);
        command.arg("--target-dir").arg(self.folder.join("../../target"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed = |error: std::io::Error| Failure::Program { name: "cargo".into(), text: error.to_string() };
        own_group(&mut command);
        let mut cargo = command.spawn().map_err(failed)?;
        let watched = cancel::watch(cargo.id());
        let (stdout, stderr) = (cargo.stdout.take(), cargo.stderr.take());
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.map(|mut stderr| stderr.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let (mut program, mut messages) = (None, Vec::new());
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()).map_while(Result::ok) {
            let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
            let target = event.target.map(|target| target.name).unwrap_or_default();
            match event.reason.as_str() {
                "compiler-message" => messages.extend(event.message),
                "compiler-artifact" if target == self.name => program = event.executable,
                "compiler-artifact" if !event.fresh => progress(Progress::Built { name: &target }),
                _ => {}
            }
        }
        let status = cargo.wait();
        drop(watched);
        let status = status.map_err(failed)?;
        let said = reader.join().unwrap_or_default();
        match program {
            Some(path) if status.success() => Ok(Built::Program(path)),
            _ => Ok(Built::Nothing(messages, said)),
        }
    }

    /// The lock to be committed, if cargo changed it: a site without crates of its own needs none.
    fn lock(&self) -> Result<Option<String>, Failure> {
        if !self.has_crates() {
            return Ok(None);
        }
        let path = self.folder.join("Cargo.lock");
        let lock = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        Ok(Some(lock).filter(|lock| self.settings.lock.as_ref() != Some(lock)))
    }
}

/// The compilers that cargo starts end with it when the builder is told to end.
#[cfg(unix)]
fn own_group(command: &mut std::process::Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut std::process::Command) {}

/// A name that does not change with the other pages, so that the compiler can use again what it knows of this one.
fn module_name(path: &str) -> String {
    format!("page_{}", &blake3::hash(path.as_bytes()).to_hex()[..12])
}

/// One line of cargo's `--message-format=json`.
#[derive(Deserialize)]
struct Event {
    reason: String,
    target: Option<Target>,
    message: Option<Message>,
    executable: Option<PathBuf>,
    #[serde(default)]
    fresh: bool,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}
