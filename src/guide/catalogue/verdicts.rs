//! What verification finds wrong with a cell's record, and with the tolerances that are declared for it.

use crate::guide::comparison::{Advice, Deviation, Drift};
use crate::guide::mistake::{Code, Mistake, Mistakes, Note, Severity, Span};
use crate::guide::number::significant;

/// Drifts that are told of one cell; the reports have them all.
const TOLD: usize = 5;

impl Mistakes {
    /// Two runs of a cell differ; `threads` are those that each of them could use.
    pub fn unsteady_cell(&mut self, span: Span, drift: &Drift, threads: [Option<usize>; 2]) {
        let runs = match threads {
            [Some(a), Some(b)] if a != b => format!("with {a} and with {b} threads"),
            _ => "twice".into(),
        };
        let text = format!("this cell was run {runs}, and its results differ: {}", sentence(drift, ["first", "then"]));
        let help = "draw random numbers from `show.rng()`, give each thread a stream of its own, and do not rely on \
                    the order of a HashMap, on the time or on the order in which threads end";
        self.error(Code::UnsteadyCell, span, text, Some(help.into()));
    }

    pub fn drifted(&mut self, span: Span, label: &str, drifts: &[Drift], changed: &[String]) {
        let Some(first) = drifts.first() else { return };
        let more = match drifts.len() - 1 {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let text = format!("the cell `{label}` has drifted: {}{more}", sentence(first, ["recorded", "now"]));
        let mut notes: Vec<Note> = Vec::new();
        if !changed.is_empty() {
            notes.push(Note { span: None, text: format!("since the record was made, {}", changed.join("; ")) });
        }
        let others = drifts.iter().skip(1).take(TOLD - 1);
        notes.extend(others.map(|drift| Note { span: None, text: sentence(drift, ["recorded", "now"]) }));
        let help = format!(
            "if the new results are right, record them by `theoria accept {label}`; if they differ between machines, \
             declare a tolerance: `//| tolerance: {{...}}`"
        );
        self.push(Mistake { code: Code::Drifted, severity: Severity::Error, span, text, notes, help: Some(help) });
    }

    pub fn stale_but_same(&mut self, span: Span, label: &str, changed: &[String]) {
        let text = format!(
            "the record of the cell `{label}` is out of date: {}; its results are the same",
            changed.join("; ")
        );
        let help = format!("run `theoria accept {label}` and commit the record");
        self.error(Code::StaleRecord, span, text, Some(help));
    }

    pub fn unrecorded(&mut self, span: Span, label: &str) {
        let text = format!("the cell `{label}` has no record to compare with");
        let help =
            format!("run `theoria build` or `theoria accept {label}`, look at the results and commit the record");
        self.error(Code::StaleRecord, span, text, Some(help));
    }

    /// What there is to say of a cell's tolerances.
    pub fn tolerance(&mut self, span: Span, label: &str, advice: &Advice) {
        let whose = |name: &str| match name {
            "" => format!("the tolerance of the cell `{label}`"),
            name => format!("the tolerance for `{name}` of the cell `{label}`"),
        };
        let (code, text, help) = match advice {
            Advice::NamesNothing { name, near } => {
                let text =
                    format!("a tolerance is declared for `{name}`, but the cell `{label}` shows nothing of this name");
                (Code::NeedlessTolerance, text, near.as_ref().map(|near| format!("did you mean `{near}`?")))
            }
            Advice::NotNeeded { name } => {
                let text = format!("{} was not needed: the site's own would have done", whose(name));
                let help = "leave it out, or say what it is for: `{rel: ..., reason: ...}`";
                (Code::NeedlessTolerance, text, Some(help.into()))
            }
            Advice::Loose { name, share } => {
                let share = significant(share * 100.0, 3);
                let text = format!("{} allows {share} % of what it is for, which proves little", whose(name));
                let help = "narrow it, or say why it must be so wide: `{abs: ..., reason: ...}`";
                (Code::LooseTolerance, text, Some(help.into()))
            }
        };
        self.warning(code, span, text, help);
    }
}

/// A drift in words. `when` says which of the two results is which.
pub fn sentence(drift: &Drift, when: [&str; 2]) -> String {
    match drift {
        Drift::Shape { place, recorded, fresh } => format!("{place}: {} {recorded}, {} {fresh}", when[0], when[1]),
        Drift::Number { worst, count, of } => {
            let Deviation { place, recorded, fresh, allowed, .. } = worst;
            let mut text = format!("{place}: {} {recorded:?}, {} {fresh:?}", when[0], when[1]);
            if worst.deviation.is_finite() && worst.deviation > 0.0 {
                text += &format!(" (deviation {}", significant(worst.deviation, 2));
                if *allowed > 0.0 {
                    text += &format!(", allowed {}", significant(*allowed, 2));
                }
                text += ")";
            }
            if *of > 1 {
                text += &format!("; {count} of {of} numbers");
            }
            text
        }
    }
}
