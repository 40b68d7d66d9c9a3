//! The Rust compiler of this machine, found once and called without the user's settings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::failure::Failure;

#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// The folder of the toolchain, and those of the stand-ins where it has no programs of its own.
    folders: Vec<PathBuf>,
}

impl Toolchain {
    /// The toolchain that `cargo` means in this folder. Cost: some 60 ms for the first call of a process.
    pub fn find(site: &Path) -> Result<&'static Toolchain, Failure> {
        static FOUND: OnceLock<Toolchain> = OnceLock::new();
        if let Some(found) = FOUND.get() {
            return Ok(found);
        }
        let toolchain = Toolchain::search(site)?;
        Ok(FOUND.get_or_init(|| toolchain))
    }

    /// Goes past rustup's stand-ins, which would look for the toolchain again at every call.
    fn search(site: &Path) -> Result<Toolchain, Failure> {
        let (cargo, rustc) = (in_path("cargo")?, in_path("rustc")?);
        let mut ask = Command::new(&rustc);
        ask.args(["--print", "sysroot"]).current_dir(site);
        clean(&mut ask);
        let answer = ask.output().map_err(Failure::file("start", &rustc))?;
        if !answer.status.success() {
            let text = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            return Err(Failure::Program { name: "rustc".into(), text });
        }
        let folder = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
        let bin = folder.join("bin");
        let real = |name: &str| {
            Some(bin.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))).filter(|path| path.is_file())
        };
        let (cargo, rustc) = (real("cargo").unwrap_or(cargo), real("rustc").unwrap_or(rustc));
        let folders = [&cargo, &rustc].into_iter().filter_map(|path| Some(path.parent()?.to_owned()));
        let folders = folders.chain([folder]).collect();
        Ok(Toolchain { cargo, rustc, folders })
    }

    /// The folders that it is in.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// A call of cargo that gives the same result whatever the user has set.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        clean(&mut command);
        command.env("RUSTC", &self.rustc);
        // Empty, these keep the user's configuration from adding flags or a wrapper.
        command.env("CARGO_ENCODED_RUSTFLAGS", "").env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");
        command
    }
}

/// Removes variables that steer cargo and rustc, but for those that say where toolchains and crates are.
fn clean(command: &mut Command) {
    const KEPT: [&str; 9] = [
        "CARGO_HOME",
        "CARGO_HTTP_",
        "CARGO_NET_",
        "CARGO_REGISTRIES_",
        "CARGO_REGISTRY_",
        "CARGO_SOURCE_",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "RUSTUP_DIST_SERVER",
    ];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let steers = ["CARGO", "RUST", "MAKEFLAGS", "MFLAGS"].iter().any(|start| text.starts_with(start));
        if steers && !KEPT.iter().any(|kept| text.starts_with(kept)) {
            command.env_remove(&name);
        }
    }
}

/// The file of a site by which rustup would run programs out of the site's own folder, if there is one.
pub fn brought_along(site: &Path) -> Option<PathBuf> {
    let files =
        site.ancestors().flat_map(|folder| ["rust-toolchain.toml", "rust-toolchain"].map(|name| folder.join(name)));
    files.into_iter().find(|file| {
        let table: Option<toml::Table> = std::fs::read_to_string(file).ok().and_then(|text| text.parse().ok());
        table.is_some_and(|table| table.get("toolchain").is_some_and(|chain| chain.get("path").is_some()))
    })
}

fn in_path(name: &str) -> Result<PathBuf, Failure> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    find(&path, &file).ok_or_else(|| Failure::Program {
        name: name.to_owned(),
        text: "not found. This site has cells to compute, which needs Rust: install it from https://rustup.rs"
            .to_owned(),
    })
}

fn find(path: &OsStr, file: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(file)).find(|candidate| candidate.is_file())
}
