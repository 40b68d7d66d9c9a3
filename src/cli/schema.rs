//! `theoria schema`: the keys that authors may write, as JSON Schema, so that editors complete and explain them.

use clap::{Args, ValueEnum};

use super::table;
use crate::guide::key::schema::Subject;
use crate::shell::failure::Failure;

#[derive(Args)]
pub struct SchemaArgs {
    /// The file that the schema is of.
    #[arg(value_enum)]
    subject: Of,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    /// The head of a page, between its lines of `---`.
    FrontMatter,
    /// `theoria.yaml`.
    Config,
    /// `sequence-metadata.yaml`.
    Sequence,
    /// The `//|` lines of a cell.
    Cell,
}

/// Prints the schema.
pub fn schema(ask: &SchemaArgs) -> Result<bool, Failure> {
    let subject = match ask.subject {
        Of::FrontMatter => Subject::FrontMatter,
        Of::Config => Subject::Config,
        Of::Sequence => Subject::Sequence,
        Of::Cell => Subject::Cell,
    };
    table::print(&format!("{:#}\n", subject.schema())).map(|()| true)
}
