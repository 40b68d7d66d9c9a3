//! Every mistake, in the words that an author reads.
mod cells;
