//! Who is let in by which token, and what becomes of tokens when their files change.

use super::*;

const OWN: &str = "own-own-own-own-own-own-own-own-own";
const CI: &str = "ci-ci-ci-ci-ci-ci-ci-ci-ci-ci-ci-ci";
const NEW: &str = "new-new-new-new-new-new-new-new-new";

struct Files {
    folder: tempfile::TempDir,
    tokens: Tokens,
    now: Instant,
}

impl Files {
    fn with(listed: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [own, list] = ["token", "tokens"].map(|name| folder.path().join(name));
        fs::write(&own, OWN).unwrap();
        fs::write(&list, listed).unwrap();
        let tokens = Tokens::open(own, Some(list), SecretString::from("inner")).unwrap();
        let now = Instant::now();
        Self { folder, tokens, now }
    }

    fn caller(&self, token: &str) -> Option<String> {
        let caller = self.tokens.caller(token.as_bytes(), self.now)?;
        let held = Scope::ALL.into_iter().filter(|scope| caller.scopes.hold(*scope));
        let held: Vec<_> = held.map(Scope::as_str).collect();
        Some(format!("{}: {}", caller.name, held.join(",")))
    }

    /// Replaces a file, a while later.
    fn replace(&mut self, name: &str, text: &str) {
        crate::registry::replace_file(&self.folder.path().join(name), text.as_bytes()).unwrap();
        self.now += LOOK_EVERY;
    }
}

#[test]
fn each_token_opens_what_its_line_says() {
    let files = Files::with(&format!(
        "# who may do what\n\nci read,write {CI}\nauditor  read\t{NEW}\n"
    ));
    for (token, expected) in [
        (OWN, Some("token: read,write,share")),
        ("inner", Some("itself: read,write,share")),
        (CI, Some("ci: read,write")),
        (NEW, Some("auditor: read")),
        ("", None),
        ("# who may do what", None),
        (CI.trim_start_matches("ci-ci"), None),
    ] {
        assert_eq!(files.caller(token).as_deref(), expected, "{token}");
    }
}

#[test]
fn a_token_is_replaced_while_the_registry_runs() {
    let mut files = Files::with(&format!("ci read {CI}"));
    files.replace("tokens", &format!("ci read {CI}\nci read {NEW}"));
    assert_eq!(
        (files.caller(CI), files.caller(NEW)),
        (Some("ci: read".into()), Some("ci: read".into()))
    );
    files.replace("tokens", &format!("ci read {NEW}"));
    assert_eq!(
        (files.caller(CI), files.caller(NEW)),
        (None, Some("ci: read".into()))
    );
    files.replace("tokens", "");
    assert_eq!((files.caller(NEW), files.caller(OWN).is_some()), (None, true));

    files.replace("token", NEW);
    assert_eq!(files.caller(OWN), None);
    assert_eq!(files.caller(NEW).as_deref(), Some("token: read,write,share"));
    assert!(
        files.caller("inner").is_some(),
        "the process itself is not locked out"
    );
}

#[test]
fn a_file_that_is_of_no_use_any_more_changes_nothing() {
    let mut files = Files::with(&format!("ci read {CI}"));
    files.replace("tokens", "ci read hunter2");
    assert_eq!(files.caller(CI).as_deref(), Some("ci: read"));
    fs::remove_file(files.folder.path().join("tokens")).unwrap();
    files.now += LOOK_EVERY;
    assert_eq!(files.caller(CI).as_deref(), Some("ci: read"));
    files.replace("tokens", &format!("ci read {NEW}"));
    assert_eq!(files.caller(CI), None);
}

#[test]
fn a_line_that_is_none_is_named_without_being_quoted() {
    for (line, problem) in [
        ("ci", "a line is"),
        (&format!("ci read, write {CI}"), "a line is"),
        (&format!("ci admin {CI}"), "scopes are"),
        (&format!("ci read, {CI}"), "scopes are"),
        ("ci read hunter2", "a token has"),
    ] {
        let error = read_lines(&format!("# tokens\n{line}"), Path::new("tokens")).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("line 2 of the tokens in `tokens`"), "{told}");
        assert!(told.contains(problem), "{told}");
        assert!(!told.contains("hunter2") && !told.contains(CI), "{told}");
    }
}

#[test]
fn a_token_that_could_be_guessed_is_refused_without_being_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("token");
    fs::write(&own, "hunter2\n").unwrap();
    let error = Tokens::open(own, None, SecretString::from("inner")).unwrap_err();
    assert!(matches!(error, TokensError::Unsound(_)));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
