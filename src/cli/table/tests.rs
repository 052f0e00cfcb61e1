use super::*;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pet {
    name: &'static str,
    kind: &'static str,
    last_seen: Option<&'static str>,
}

impl Row for Pet {
    const COLUMNS: &'static [Column] = &[
        Column::new("name", "NAME"),
        Column::wide("kind", "KIND"),
        Column::new("lastSeen", "LAST SEEN"),
    ];

    fn cells(&self) -> Vec<String> {
        let Self {
            name,
            kind,
            last_seen,
        } = self;
        vec![
            (*name).to_owned(),
            (*kind).to_owned(),
            last_seen.unwrap_or_default().to_owned(),
        ]
    }

    fn tone(&self, column: &str) -> Tone {
        if column == "lastSeen" && self.last_seen.is_none() {
            Tone::Bad
        } else {
            Tone::Plain
        }
    }
}

const PETS: &[Pet] = &[
    Pet {
        name: "Ada",
        kind: "cat",
        last_seen: Some("yesterday"),
    },
    Pet {
        name: "=HYPERLINK(\"x\")",
        kind: "a|b\u{1b}[31m",
        last_seen: None,
    },
];

fn rendered(form: Form) -> String {
    render(PETS, form, &[], &Palette::default()).unwrap()
}

#[test]
fn a_table_has_the_columns_in_line_and_shows_what_is_missing() {
    assert_eq!(
        rendered(Form::Table),
        "NAME              LAST SEEN\n\
         Ada               yesterday\n\
         =HYPERLINK(\"x\")   -\n"
    );
    assert_eq!(
        render(&PETS[..1], Form::Wide, &["name"], &Palette::default()).unwrap(),
        "KIND   LAST SEEN\ncat    yesterday\n"
    );
}

#[test]
fn a_table_steers_no_terminal() {
    assert!(!rendered(Form::Wide).contains('\u{1b}'));
    let coloured = render(PETS, Form::Table, &[], &Palette::coloured()).unwrap();
    assert!(coloured.contains("\u{1b}[1m"), "{coloured:?}");
}

#[test]
fn csv_has_all_columns_and_no_formula() {
    assert_eq!(
        rendered(Form::Csv),
        "name,kind,lastSeen\n\
         Ada,cat,yesterday\n\
         \"'=HYPERLINK(\"\"x\"\")\",a|b\u{1b}[31m,\n"
    );
}

#[test]
fn markdown_shows_a_cell_as_it_is() {
    assert_eq!(
        rendered(Form::Markdown),
        "| name | kind | lastSeen |\n| --- | --- | --- |\n\
         | Ada | cat | yesterday |\n\
         | =HYPERLINK(\"x\") | a\\|b \\[31m |  |\n"
    );
}

#[test]
fn json_has_the_columns_names() {
    let read: serde_json::Value = serde_json::from_str(&rendered(Form::Json)).unwrap();
    let names: Vec<&String> = read[1].as_object().unwrap().keys().collect();
    let columns: Vec<&str> = Pet::COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(names, columns);
    assert!(read[1]["lastSeen"].is_null());
}

#[test]
fn no_rows_are_a_heading_and_an_empty_array() {
    let none: &[Pet] = &[];
    assert_eq!(
        render(none, Form::Table, &[], &Palette::default()).unwrap(),
        "NAME   LAST SEEN\n"
    );
    assert_eq!(
        render(none, Form::Json, &[], &Palette::default()).unwrap(),
        "[]\n"
    );
}
