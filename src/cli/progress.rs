//! What cells are doing: one line per event, or a bar where someone is looking.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::guide::number::count;
use crate::shell::cells::Progress;

/// One line per event of the cells, on standard error.
pub fn tell(progress: Progress) {
    match progress {
        Progress::Unguarded { text } => eprintln!("{text}"),
        Progress::Compiling { cells, .. } => eprintln!("compiling {}", count(cells, "cell")),
        Progress::Built { name } if std::io::stderr().is_terminal() => {
            eprint!("\r\x1b[Kcompiling what cells need, once for all builds: {name}");
            let _ = std::io::stderr().flush();
        }
        Progress::Built { .. } => {}
        Progress::Compiled { .. } => {}
        Progress::Started { label } => eprintln!("{}running {label}", clear()),
        Progress::Printed { label, text } => eprintln!("{label} printed:\n{}", text.trim_end()),
        Progress::Finished { label, seconds, .. } => eprintln!("{}{label} took {seconds:.1} s", clear()),
    }
}

fn clear() -> &'static str {
    if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" }
}

/// A bar whose length is time: as long as cells ran when that was last written down.
pub struct Bar {
    bar: ProgressBar,
    running: Mutex<BTreeSet<String>>,
}

impl Bar {
    /// None if nobody is looking.
    pub fn new() -> Option<Bar> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {elapsed} of about {duration}  {msg}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━━╌"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Some(Bar { bar, running: Mutex::default() })
    }

    pub fn tell(&self, progress: Progress) {
        let mut running = self.running.lock().unwrap_or_else(|poison| poison.into_inner());
        match progress {
            Progress::Unguarded { text } => self.bar.println(text),
            Progress::Compiling { cells, expected } => {
                self.bar.set_length(expected.as_millis() as u64);
                self.bar.set_message(format!("compiling {}", count(cells, "cell")));
            }
            Progress::Compiled { .. } => {}
            Progress::Built { name } => self.bar.set_message(format!("compiling {name}")),
            Progress::Started { label } => drop(running.insert(label.to_owned())),
            Progress::Printed { label, text } => self.bar.println(format!("{label} printed:\n{}", text.trim_end())),
            Progress::Finished { label, expected, .. } => {
                running.remove(label);
                self.bar.inc(expected.as_millis() as u64);
            }
        }
        if !running.is_empty() {
            self.bar.set_message(running.iter().cloned().collect::<Vec<_>>().join(", "));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
