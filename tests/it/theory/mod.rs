//! Checks of the mathematics: closed form against sampling, fast against naive, golden values, limits and symmetries.

mod activation;
mod docs;
mod golden;
mod kernel;
mod network;
mod numeric;
mod parallel;
mod random;
mod score;
mod statistics;
mod vector;
