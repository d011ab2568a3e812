//! Passwords: what makes one too weak, and hashing with Argon2id.
//!
//! The rule looks at what is left of a password when everything an attacker tries first is taken out: common
//! words, the person's own name, runs, walks over the keyboard, repetitions. There is no rule about kinds of
//! characters: NIST SP 800-63B, section 3.1.1.2, says why.

use crate::{
    engine::{Error, FieldError, Result},
    port::vault::Plaintext,
};
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Fewest characters.
const MIN_CHARS: usize = 12;
/// Most characters; bounds the work of a request.
const MAX_CHARS: usize = 1024;
/// Fewest characters that could not be guessed from the ones before.
const MIN_SURPRISES: usize = 6;

/// Words and names that passwords are made of, one a line.
const COMMON_WORDS: &str = include_str!("common_words.txt");

/// What is wrong with a password, if anything.
///
/// # Errors
/// A [`FieldError`] at `/password`.
pub fn check_password(password: &str, user: &str) -> Result<(), FieldError> {
    let wrong = |message: String| {
        Err(FieldError {
            pointer: "/password".to_owned(),
            message,
        })
    };
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return wrong(format!("use at least {MIN_CHARS} characters; this has {chars}"));
    }
    if chars > MAX_CHARS {
        return wrong(format!("use at most {MAX_CHARS} characters"));
    }
    if surprises(password, user) < MIN_SURPRISES {
        return wrong(
            "this is one of the first that others would try: it is made of common words, the login name, runs or \
             repetitions; use a few words that do not belong together"
                .to_owned(),
        );
    }
    Ok(())
}

/// How many characters are left that could not be guessed; each common word counts for one of them.
fn surprises(password: &str, user: &str) -> usize {
    let written: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let read = plain(&written);
    let user: Vec<char> = user.chars().flat_map(char::to_lowercase).collect();
    let common = COMMON_WORDS.lines().map(str::to_owned).filter(|word| !word.is_empty());
    let years = (1930..2050).map(|year| year.to_string());
    let mut words: Vec<Vec<char>> = common
        .chain(years)
        .map(|word| plain(&word.chars().collect::<Vec<_>>()))
        .collect();
    if user.len() >= 3 {
        words.push(plain(&user));
    }
    // Longest first, so that of "passwort" no "ort" is left.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut taken = vec![false; read.len()];
    let mut found = 0;
    for word in &words {
        let mut here = false;
        for start in 0..read.len().saturating_sub(word.len() - 1) {
            let place = start..start + word.len();
            if read[place.clone()] == word[..] && !taken[place.clone()].contains(&true) {
                taken[place].fill(true);
                here = true;
            }
        }
        found += usize::from(here);
    }
    let rest: Vec<char> = written
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| !**taken)
        .map(|(c, _)| *c)
        .collect();
    found + count_surprises(&rest[..period(&rest)])
}

/// With the usual replacements of letters undone, character for character.
fn plain(text: &[char]) -> Vec<char> {
    text.iter()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' | '|' => 'i',
            '3' | '€' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' | '+' => 't',
            other => *other,
        })
        .collect()
}

/// Length of the shortest part that the whole is a repetition of.
fn period(chars: &[char]) -> usize {
    (1..chars.len())
        .find(|p| (*p..chars.len()).all(|i| chars[i] == chars[i - p]))
        .unwrap_or(chars.len())
}

fn count_surprises(chars: &[char]) -> usize {
    let steps = chars.windows(2).filter(|pair| !is_expected(pair[0], pair[1])).count();
    steps + usize::from(!chars.is_empty())
}

/// Whether `b` follows from `a`: the same, the next or previous one, or a neighbour on the keyboard.
fn is_expected(a: char, b: char) -> bool {
    const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
    if a == b || (a.is_alphanumeric() && u32::from(a).abs_diff(u32::from(b)) == 1) {
        return true;
    }
    let place = |c: char| {
        ROWS.iter()
            .zip(0usize..)
            .find_map(|(row, y)| row.chars().position(|key| key == c).map(|x| (x, y)))
    };
    match (place(a), place(b)) {
        (Some((ax, ay)), Some((bx, by))) => ax.abs_diff(bx) <= 1 && ay.abs_diff(by) <= 1,
        _ => false,
    }
}

/// Hashes and compares passwords, few at a time: each takes 19 MiB and some tens of milliseconds.
pub(super) struct Hasher {
    permits: Semaphore,
    /// Compared with when there is no such person, so that the answer takes as long.
    decoy: tokio::sync::OnceCell<String>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            permits: Semaphore::new(2),
            decoy: tokio::sync::OnceCell::new(),
        }
    }

    /// Hash of a password as PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = Plaintext::new(password);
        self.blocking("hashing a password", move || {
            let hash: PasswordHash = argon2()?.hash_password(password.expose())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is the one that was hashed; without a hash it takes as long and is not.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => self.decoy.get_or_try_init(|| self.hash("decoy")).await?.clone(),
        };
        let password = Plaintext::new(password);
        let equal = self
            .blocking("comparing a password", move || {
                match argon2()?.verify_password(password.expose(), hash.as_str()) {
                    Ok(()) => Ok(true),
                    Err(password_hash::Error::PasswordInvalid) => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(known && equal)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        attempt: &'static str,
        work: impl FnOnce() -> Result<T, password_hash::Error> + Send + 'static,
    ) -> Result<T> {
        let _permit = self.permits.acquire().await.map_err(|e| Error::internal(attempt, e))?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|e| Error::internal(attempt, e))?
            .map_err(|e| Error::internal(attempt, e.to_string()))
    }
}

/// Argon2id with 19 MiB, two passes and one lane.
///
/// Source: OWASP, Password Storage Cheat Sheet, "Argon2id".
fn argon2() -> Result<Argon2<'static>, password_hash::Error> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| password_hash::Error::ParamsInvalid)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_try_first_is_refused() {
        for bad in [
            "short",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabc",
            "123456789012",
            "0987654321098",
            "qwertyuiop12",
            "1q2w3e4r5t6y",
            "asdfghjklzxc",
            "Password1234",
            "P@ssw0rd2024!",
            "Welcome12345",
            "hearthhearth",
            "Hearth-12345",
            "iloveyou1234",
            "correcthorsebatterystaple",
            "alexandra1234",
            "abcdefghijklmnop",
            "            ",
        ] {
            assert!(check_password(bad, "alexandra").is_err(), "{bad:?} was accepted");
        }
        assert!(check_password(&"ä1".repeat(600), "ann").is_err());
    }

    #[test]
    fn what_is_hard_to_guess_is_accepted() {
        for good in [
            "x7Kq!vR2pLm9",
            "mossy teapot glides north",
            "the hearth is warm in wintertime",
            "Zwölf Boxkämpfer jagen Viktor",
            "山の上の古い家に住む猫です",
        ] {
            assert_eq!(check_password(good, "alexandra"), Ok(()), "{good:?} was refused");
        }
        let longest: String = (0..1024u32)
            .map(|i| char::from_u32(0x4E00 + i * 7 % 5000).unwrap())
            .collect();
        assert_eq!(check_password(&longest, "ann"), Ok(()));
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_alone() {
        let hasher = Hasher::new();
        let hash = hasher.hash("mossy teapot glides north").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("mossy teapot glides north", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("mossy teapot glides south", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("decoy", None).await.unwrap());
        assert!(hasher.verify("x", Some("not a hash")).await.is_err());
    }
}
