//! Settings that can be solved: where a law of learning is a formula, with the simulation beside it.
//!
//! | what is learned | where |
//! |---|---|
//! | a matrix, by several linear layers | [`deep_linear`] |
//! | embeddings of words, from how often they meet | [`embeddings`] |
//! | how gradient descent lives with curvature | [`stability`] |
//! | regression with more and more parameters | [`double_descent`], on the law of [`marchenko_pastur`] |
//! | a small network, by a small network | [`teacher_student`] |
//! | addition on a circle, late | [`grokking`] |
//! | many skills, each as often used as it is | [`quanta`] |

pub mod deep_linear;
pub mod double_descent;
pub mod embeddings;
pub mod grokking;
pub mod marchenko_pastur;
pub mod quanta;
pub mod stability;
pub mod teacher_student;
