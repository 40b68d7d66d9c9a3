//! The one integration binary.

#[cfg(feature = "site")]
mod ask;
#[cfg(feature = "site")]
mod axe;
#[cfg(feature = "site")]
mod begin;
#[cfg(feature = "site")]
mod bibliography;
#[cfg(feature = "site")]
mod blocks;
#[cfg(feature = "site")]
mod browser;
#[cfg(feature = "site")]
mod build;
#[cfg(feature = "site")]
mod cells;
#[cfg(feature = "site")]
mod comparison;
mod contrast;
#[cfg(feature = "site")]
mod dom;
#[cfg(feature = "site")]
mod durations;
#[cfg(feature = "site")]
mod elsewhere;
#[cfg(feature = "site")]
mod events;
#[cfg(feature = "site")]
mod external;
#[cfg(feature = "site")]
mod folders;
#[cfg(feature = "site")]
mod fuzz;
#[cfg(feature = "site")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz_targets;
#[cfg(feature = "site")]
mod guide;
#[cfg(all(feature = "site", target_os = "linux"))]
mod hostile;
#[cfg(feature = "site")]
mod huge;
#[cfg(feature = "site")]
mod keyboard;
#[cfg(feature = "site")]
mod keys;
#[cfg(all(feature = "site", target_os = "linux"))]
mod killed;
#[cfg(feature = "site")]
mod live;
#[cfg(feature = "site")]
mod markdown;
#[cfg(feature = "site")]
mod memory;
#[cfg(feature = "site")]
mod mistakes;
#[cfg(feature = "site")]
mod places;
#[cfg(feature = "site")]
mod plot;
#[cfg(feature = "site")]
mod popover;
#[cfg(feature = "site")]
mod publish;
#[cfg(feature = "site")]
mod questions;
#[cfg(feature = "site")]
mod readme;
#[cfg(feature = "site")]
mod record;
#[cfg(feature = "site")]
mod recorded;
#[cfg(feature = "site")]
mod report;
#[cfg(feature = "site")]
mod search;
#[cfg(feature = "site")]
mod seeds;
#[cfg(feature = "site")]
mod serve;
#[cfg(feature = "site")]
mod sites;
#[cfg(feature = "site")]
mod support;
mod theory;
mod tidy;
#[cfg(feature = "site")]
mod untrusted;
#[cfg(feature = "site")]
mod valid;
#[cfg(feature = "site")]
mod verify;
#[cfg(feature = "site")]
mod watch;
