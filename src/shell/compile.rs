//! From jobs to one program that can run each of them: a package of cargo's, generated in the cache.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::Deserialize;
use toml::{Table, Value};

use super::cache::{self, Scratch};
use super::cancel;
use super::cells::{Progress, Settings};
use super::child;
use super::failure::Failure;
use super::library;
use super::sandbox::{Kind, Sandbox, needs, usage};
use super::toolchain::{self, Toolchain};
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

/// The longest that compiling may take: a first build compiles the library.
const COMPILING: Duration = Duration::from_secs(3600);
/// So often it is looked at what compilers do.
const LOOK: Duration = Duration::from_millis(250);

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
    let package = Package::open(settings, scratch)?;
    while !jobs.is_empty() {
        package.write(&jobs, tree)?;
        let expected = jobs.iter().map(|job| settings.durations.of(&job.label)).sum::<Duration>();
        progress(Progress::Compiling { cells: jobs.len(), expected: expected * settings.passes.len() as u32 });
        match package.built(progress)? {
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
    /// Where what is compiled goes.
    target: PathBuf,
    /// A folder for what compilers write besides.
    home: PathBuf,
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
    fn open(settings: &'a Settings, scratch: &Scratch) -> Result<Package<'a>, Failure> {
        let brought = toolchain::brought_along(&settings.root).filter(|_| settings.guard.is_on());
        if let Some(file) = brought {
            return Err(Failure::Refused(format!(
                "'{}' names a toolchain by its path: its programs would run outside the sandbox. Name one by its version, \
                 or use `--no-sandbox` if you trust it",
                file.display()
            )));
        }
        let toolchain = Toolchain::find(&settings.root)?;
        cache::folder(&settings.cache)?;
        // The compiler resolves links in paths, so that names are only comparable without them.
        let cache = settings.cache.canonicalize().map_err(Failure::file("find", &settings.cache))?;
        let library = library::unpack(&cache)?;
        let name = cache::site_name(&settings.root);
        let lock = cache::lock(&cache.join("sites").join(format!("{name}.lock")))?;
        let folder = cache.join("sites").join(&name);
        // What strangers' crates run while they are compiled can write here: no other site uses what such a site has built.
        let target =
            if settings.dependencies.is_empty() { cache.join("target") } else { cache.join("targets").join(&name) };
        let home = scratch.path().join("compiling");
        [&folder, &target, &home].into_iter().try_for_each(|folder| cache::folder(folder))?;
        Ok(Package { settings, name, folder, library, target, home, toolchain, _lock: lock })
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

    /// Compiles without the network; what is missing is fetched first, which runs nothing of what it fetches.
    fn built(&self, progress: &(dyn Fn(Progress) + Sync)) -> Result<Built, Failure> {
        if !self.settings.guard.is_on() {
            return self.build(&[], progress);
        }
        let locked = !self.has_crates() || self.settings.lock.is_some();
        if locked {
            match self.build(&["--offline", "--locked"], progress)? {
                // Cargo itself could not do it, as when a crate is not on this machine.
                Built::Nothing(messages, _) if messages.is_empty() => {}
                built => return Ok(built),
            }
        }
        let fetched = self.fetch()?;
        match self.build(&["--offline"], progress)? {
            Built::Nothing(messages, said) if messages.is_empty() => {
                Ok(Built::Nothing(messages, fetched.unwrap_or(said)))
            }
            built => Ok(built),
        }
    }

    /// Fetches crates; what cargo says if it cannot.
    fn fetch(&self) -> Result<Option<String>, Failure> {
        let mut command = self.toolchain.cargo();
        command.current_dir(&self.folder).args(["fetch", "--quiet"]).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped());
        own_group(&mut command);
        let cargo = command.spawn().map_err(failed)?;
        let watched = cancel::watch(cargo.id());
        let answer = cargo.wait_with_output();
        drop(watched);
        let answer = answer.map_err(failed)?;
        Ok((!answer.status.success()).then(|| String::from_utf8_lossy(&answer.stderr).into_owned()))
    }

    fn build(&self, how: &[&str], progress: &(dyn Fn(Progress) + Sync)) -> Result<Built, Failure> {
        let mut command = self.toolchain.cargo();
        command.current_dir(&self.folder).arg("build").args(["--quiet", "--profile=cell", "--message-format=json"]);
        command.args(how).arg("--target-dir").arg(&self.target);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_group(&mut command);
        if self.settings.guard.is_on() {
            self.confine(&mut command)?;
        }
        let mut cargo = command.spawn().map_err(failed)?;
        let watched = cancel::watch(cargo.id());
        let overseer = Overseer::new(cargo.id());
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
        let ended = child::wait_for_end(&mut cargo);
        let stopped = overseer.end();
        // What a build script has left running goes with cargo, whose number is still its group's.
        cancel::kill_group(cargo.id());
        let status = cargo.wait();
        drop(watched);
        let status = ended.and(status).map_err(failed)?;
        let said = reader.join().unwrap_or_default();
        if let Some(why) = stopped {
            return Err(Failure::Program { name: "cargo".into(), text: why });
        }
        match program {
            Some(path) if status.success() => Ok(Built::Program(path)),
            _ => Ok(Built::Nothing(messages, said)),
        }
    }

    /// Compilers read the toolchain, the library and the crates, and write into the site's part of the cache.
    fn confine(&self, command: &mut Command) -> Result<(), Failure> {
        let cargo_home = needs::cargo_home().unwrap_or_else(|| self.home.clone());
        // Cargo would find as many as there are, if it could read how many it may use.
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        command.arg("--jobs").arg(jobs.to_string());
        needs::clean(command, &self.home, &cargo_home);
        let mut reads = needs::small_files();
        reads.push(self.library.clone());
        reads.extend(needs::cargo_files(&cargo_home));
        reads.extend(needs::local_crates(&self.settings.dependencies, &self.settings.root));
        let mut runs = needs::libraries();
        runs.extend(needs::programs(self.toolchain.folders()));
        let writes = vec![self.folder.clone(), self.target.clone(), self.home.clone(), "/dev/null".into()];
        Sandbox { kind: Kind::Compiling, reads, runs, writes }.confine(command).map_err(failed)
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

fn failed(error: std::io::Error) -> Failure {
    Failure::Program { name: "cargo".into(), text: error.to_string() }
}

/// Looks at a group of compilers now and then, and ends it if it never ends or multiplies.
struct Overseer {
    stop: Sender<()>,
    watching: JoinHandle<Option<String>>,
}

impl Overseer {
    fn new(leader: u32) -> Overseer {
        let (stop, stopped) = mpsc::channel();
        let watching = std::thread::spawn(move || {
            let start = Instant::now();
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let why = if start.elapsed() > COMPILING {
                    format!("compiling was stopped after {} minutes", COMPILING.as_secs() / 60)
                } else if let Some(excess) = usage::of_group(leader) {
                    format!("compiling was stopped when it had {}", excess.text())
                } else {
                    continue;
                };
                cancel::kill_group(leader);
                return Some(why);
            }
            None
        });
        Overseer { stop, watching }
    }

    /// Why the group was ended, if it was.
    fn end(self) -> Option<String> {
        drop(self.stop);
        self.watching.join().unwrap_or_default()
    }
}

/// The compilers that cargo starts end with it when the builder is told to end.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

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
