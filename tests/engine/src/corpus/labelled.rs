//! OpenAPI 2.0 documents that two validators' own tests label valid or invalid.

use crate::Corpus;
use crate::judged::Labelled;
use crate::table::{Table, reaches};

pub fn measure(corpus: &Corpus, table: &mut Table) {
    let Some(folder) = corpus.part("openapi2-labelled") else {
        return;
    };
    let Labelled {
        valid,
        accepted,
        invalid,
        rejected,
    } = Labelled::of(&folder);
    table.add(
        "labelled OpenAPI 2.0: invalid ones rejected",
        "≥ 64 of 70, in proportion",
        "swagger-parser 64; jsonschema 41",
        format!("{rejected} of {invalid}"),
        reaches(rejected, invalid, 64, 70),
    );
    table.add(
        "labelled OpenAPI 2.0: valid ones accepted",
        "≥ 21 of 23, all but two",
        "jsonschema 21; swagger-parser 19",
        format!("{accepted} of {valid}"),
        accepted + 2 >= valid,
    );
}
