//! A site looked at without building it: what a check would say of it.

use super::open::Opened;
use crate::guide::finish::finish;
use crate::guide::memory::Memory;
use crate::guide::mistake::Mistakes;

/// Takes all mistakes of a site, those that show only when its pages are made too. Nothing is written.
pub fn mistakes(opened: &mut Opened) -> Mistakes {
    let mistakes = std::mem::take(&mut opened.mistakes);
    let Opened { guide, ledger, jobs, tree, .. } = opened;
    finish(guide, ledger, jobs, tree, mistakes, &mut Memory::default()).1
}
