//! A site looked at without building it: what a check would say of it.

use super::open::Opened;
use crate::guide::finish::{allow, assemble};
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;

/// Takes all mistakes of a site, those that show only when its pages are made too. Nothing is written.
pub fn mistakes(opened: &mut Opened) -> Mistakes {
    let mut mistakes = std::mem::take(&mut opened.mistakes);
    let Opened { guide, ledger, jobs, tree, .. } = opened;
    assemble(guide, ledger, jobs, tree, &mut mistakes, &mut Memory::default());
    let mut mistakes = allow(mistakes, &guide.config);
    mistakes.sort();
    mistakes
}
