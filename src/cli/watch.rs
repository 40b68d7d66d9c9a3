//! `theoria watch`: what it is asked, and what it says in the terminal.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use clap::Args;

use super::progress::tell;
use super::{FolderArgs, GuardArgs, open_browser};
use crate::guide::number::count;
use crate::shell::failure::Failure;
use crate::shell::serve;
use crate::shell::serve::editor::Editor;
use crate::shell::serve::live::Live;
use crate::shell::terminal;
use crate::shell::watch::{self, Asked, Turn};

#[derive(Args)]
pub struct WatchArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Opens the site in the browser.
    #[arg(long)]
    open: bool,
    /// Shows pages that are drafts too, each marked as one.
    #[arg(long)]
    drafts: bool,
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// The address to listen on; others on the network can see the site if it is not that of this machine alone.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The editor that links of mistakes open: vscode, vscodium, cursor, zed, idea, sublime, emacs, none, or an address
    /// with {path}, {line} and {column}.
    #[arg(long, env = "THEORIA_EDITOR", default_value = "vscode")]
    editor: String,
    #[command(flatten)]
    guard: GuardArgs,
}

/// Shows a site until the program ends.
pub fn watch(asked: &WatchArgs) -> Result<(), Failure> {
    let root = asked.folder.site.canonicalize().map_err(Failure::file("find", &asked.folder.site))?;
    let editor = Editor::new(&asked.editor, &root);
    let editor = editor.map_err(|text| Failure::Program { name: "editor".into(), text })?;
    let guard = asked.guard.guard()?;
    let live = Live::new();
    let (shown, host, port, open) = (Arc::clone(&live), asked.host, asked.port, asked.open);
    std::thread::spawn(move || {
        let served = serve::serve_live(shown, host, port, editor, |address| {
            eprintln!("the guide is at {address} (Ctrl-C ends)");
            if open && !open_browser(address) {
                eprintln!("no browser could be opened: visit the address yourself");
            }
        });
        if let Err(failure) = served {
            eprintln!("theoria: {failure}");
            std::process::exit(2);
        }
    });
    let asked = Asked { root, drafts: asked.drafts, guard };
    watch::watch(asked, &live, tell, &mut say)
}

/// One line per change, and the mistakes when they are others.
fn say(turn: Turn) {
    if turn.news && !turn.mistakes.is_empty() {
        eprint!("{}", terminal::render(turn.mistakes, turn.tree));
    }
    let errors = turn.mistakes.errors();
    let shown = match turn.changed {
        _ if errors > 0 && turn.changed.is_none() => {
            format!("{}: the last good site is shown", count(errors, "mistake"))
        }
        None => "the last good site is shown".into(),
        Some(changed) => format!("{}, {} changed", count(turn.pages, "page"), count(changed, "file")),
    };
    eprintln!("{shown}, in {:.0} ms", turn.took.as_secs_f64() * 1e3);
}
