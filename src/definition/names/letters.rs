//! Texts of any script as one word of ASCII letters and digits. No client.

/// Letters with marks, and letters of other alphabets, with what is written for them. One list for each result; a
/// capital letter is looked up in lower case.
const LETTERS: [(&str, &str); 39] = [
    ("a", "àáâãäåāăąǎǻаαά"),
    ("ae", "æǽ"),
    ("b", "бβ"),
    ("c", "çćĉċčц"),
    ("ch", "чχ"),
    ("d", "ďđðдδ"),
    ("e", "èéêëēĕėęěеэєεέ"),
    ("f", "ƒф"),
    ("g", "ĝğġģгґγ"),
    ("h", "ĥħх"),
    ("i", "ìíîïĩīĭįıиіїηήιίϊΐ"),
    ("ij", "ĳ"),
    ("j", "ĵй"),
    ("k", "ķĸкκ"),
    ("ks", "ξ"),
    ("l", "ĺļľŀłлλ"),
    ("m", "мμ"),
    ("n", "ñńņňŋнν"),
    ("o", "òóôõöøōŏőоοόωώ"),
    ("oe", "œ"),
    ("p", "пπ"),
    ("ps", "ψ"),
    ("ph", "φ"),
    ("r", "ŕŗřрρ"),
    ("s", "śŝşšșсσς"),
    ("sh", "ш"),
    ("shch", "щ"),
    ("ss", "ßẞ"),
    ("t", "ţťŧțтτ"),
    ("th", "þθ"),
    ("u", "ùúûüũūŭůűųуυύ"),
    ("v", "в"),
    ("w", "ŵ"),
    ("y", "ýÿŷы"),
    ("ya", "я"),
    ("yo", "ё"),
    ("yu", "ю"),
    ("z", "źżžзζ"),
    ("zh", "ж"),
];

/// Letters that are written without anything: the hard and the soft sign.
const SILENT: &str = "ъь";

/// The most characters of a text that are looked at.
const LONGEST: usize = 400;

/// `text` as one word, each of its words beginning with a capital: `list all users` as `ListAllUsers`. Nothing, if it
/// has no letter or digit, or has one that cannot be written so: half a name would be worse than none.
pub(super) fn words(text: &str) -> Option<String> {
    let mut word = String::new();
    let mut begins = true;
    for character in text.chars().take(LONGEST) {
        if is_joined(character) {
            continue;
        }
        let start = word.len();
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else if character.is_alphanumeric() {
            word.push_str(&written(character)?);
        } else {
            begins = true;
            continue;
        }
        if begins && let Some(first) = word.get_mut(start..start + 1) {
            first.make_ascii_uppercase();
        }
        begins = begins && word.len() == start;
    }
    (!word.is_empty()).then_some(word)
}

/// Apostrophes and marks of their own that belong to the letter before.
fn is_joined(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}')
}

/// What is written for a letter that is not ASCII. An upper-case letter gives a capital.
fn written(letter: char) -> Option<String> {
    let mut lower = letter.to_lowercase();
    let small = lower.next()?;
    if SILENT.contains(small) {
        return Some(String::new());
    }
    let (latin, _) = LETTERS.iter().find(|(_, letters)| letters.contains(small))?;
    let mut latin = (*latin).to_owned();
    if letter.is_uppercase()
        && let Some(first) = latin.get_mut(..1)
    {
        first.make_ascii_uppercase();
    }
    Some(latin)
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, words};

    #[test]
    fn words_are_joined_with_capitals() {
        for (text, word) in [
            ("list all users", "ListAllUsers"),
            ("get_user-by.id", "GetUserById"),
            ("getUser", "GetUser"),
            ("  User's photo (old) ", "UsersPhotoOld"),
            ("v2", "V2"),
        ] {
            assert_eq!(words(text).as_deref(), Some(word), "{text}");
        }
    }

    #[test]
    fn letters_with_marks_and_of_other_alphabets_are_written_in_ascii() {
        for (text, word) in [
            ("Éxito año", "ExitoAno"),
            ("e\u{301}a 𝌆 x", "EaX"),
            ("Straße löschen", "StrasseLoschen"),
            ("Создать объект", "SozdatObekt"),
            ("Λίστα χρηστών", "ListaChriston"),
            ("Œuvre Æther Þing", "OeuvreAetherThing"),
        ] {
            assert_eq!(words(text).as_deref(), Some(word), "{text}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_written_whole_is_no_word() {
        for text in ["", " - ", "𝌆", "获取用户", "获取 User"] {
            assert_eq!(words(text), None, "{text}");
        }
    }

    #[test]
    fn no_letter_is_written_in_two_ways() {
        let mut all: Vec<char> = LETTERS.iter().flat_map(|(_, letters)| letters.chars()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
