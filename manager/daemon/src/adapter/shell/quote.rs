//! Quoting of arguments for a login shell, which need not be a POSIX one.
//!
//! An SSH server hands the command to the user's login shell as one text (RFC 4254, section 6.5). Single
//! quotes keep everything as it is in sh, bash, zsh, ksh, ash, fish and csh alike, but for three
//! characters: the quote itself; the backslash, which fish reads even within single quotes; and the
//! exclamation mark, which csh does. These three are written outside of quotes, behind a backslash.

/// Why arguments cannot be put into a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::adapter) enum QuoteError {
    /// No program can be given a NUL byte.
    #[error("an argument holds a NUL byte")]
    Nul,
}

/// The command line that starts `argv`.
///
/// # Errors
/// See [`QuoteError`].
pub(in crate::adapter) fn command_line(argv: &[String]) -> Result<String, QuoteError> {
    let mut line = String::new();
    for argument in argv {
        if argument.contains('\0') {
            return Err(QuoteError::Nul);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        quote_into(&mut line, argument);
    }
    Ok(line)
}

fn quote_into(line: &mut String, argument: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,@+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        line.push_str(argument);
        return;
    }
    let mut quoted = false;
    for c in argument.chars() {
        let outside = matches!(c, '\'' | '\\' | '!');
        if quoted == outside {
            line.push('\'');
            quoted = !quoted;
        }
        if outside {
            line.push('\\');
        }
        line.push(c);
    }
    if quoted {
        line.push('\'');
    } else if argument.is_empty() {
        line.push_str("''");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn line(argv: &[&str]) -> String {
        command_line(&argv.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn only_what_needs_it_is_quoted() {
        assert_eq!(line(&["docker", "--host=x", ""]), "docker '--host=x' ''");
        assert_eq!(line(&["it's", "a\\b", "wow!"]), r"'it'\''s' 'a'\\'b' 'wow'\!");
        assert_eq!(line(&["'"]), r"\'");
        assert_eq!(
            command_line(&["a\0b".to_owned()]),
            Err(QuoteError::Nul),
            "a NUL byte would cut the line short"
        );
    }

    /// What a shell makes of the line: each argument followed by a NUL byte.
    fn through(shell: &str, argv: &[String]) -> Vec<String> {
        let mut words = vec!["printf".to_owned(), "%s\\0".to_owned()];
        words.extend_from_slice(argv);
        let answer = Command::new(shell)
            .args(["-c", &command_line(&words).unwrap()])
            .output()
            .unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        text.split_terminator('\0').map(String::from).collect()
    }

    #[test]
    fn nasty_arguments_arrive_as_they_are() {
        let nasty = [
            "",
            " ",
            "'",
            "''",
            "\"",
            "\\",
            "\\\\'",
            "$HOME",
            "`id`",
            "$(id)",
            "a\nb",
            "*",
            "~",
            "#",
            "!",
            "!!",
            "-n",
            "--",
            "&& id",
            "; id",
            "|",
            ">x",
            "é漢🎉",
            "\t",
            "\x01\x7f",
            "%s",
            "{a,b}",
            "[a]",
            "=",
            "^x^y",
        ]
        .map(String::from);
        assert_eq!(through("sh", &nasty), nasty);
        assert_eq!(through("bash", &nasty), nasty);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_argument_arrives_as_it_is(argv in proptest::collection::vec("[^\0]{0,24}", 1..8)) {
            prop_assert_eq!(through("sh", &argv), argv);
        }
    }
}
