//! Checks of the mathematics: closed form against sampling, fast against naive, golden values, limits and symmetries.

mod activation;
mod calibration;
mod denoiser;
mod docs;
mod effective;
mod eigenlearning;
mod files;
mod golden;
mod kernel;
mod layers;
mod linear;
mod machines;
mod network;
mod numeric;
mod parallel;
mod product;
mod random;
mod regression;
mod score;
mod solvable;
mod statistics;
mod training;
mod vector;
