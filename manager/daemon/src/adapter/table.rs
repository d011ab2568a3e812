//! What is mounted, as the kernel tells it.
//!
//! Source: proc_pid_mountinfo(5).

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mounted<'a> {
    /// Numbers of its device, such as `8:1`.
    pub(super) device: &'a str,
    /// Where it is.
    pub(super) place: String,
    /// What it was mounted from.
    pub(super) source: String,
}

/// The mounts of a table, oldest first. Lines of another form are left out.
pub(super) fn mounts(table: &str) -> impl Iterator<Item = Mounted<'_>> {
    table.lines().filter_map(|line| {
        let (front, back) = line.split_once(" - ")?;
        let mut fields = front.split(' ');
        Some(Mounted {
            device: fields.nth(2)?,
            place: plain(fields.nth(1)?),
            source: plain(back.split(' ').nth(1)?),
        })
    })
}

/// Without the kernel's escapes of blanks and the like: a backslash and three octal digits.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let octal = tail.get(..3).filter(|_| *first == b'\\');
        let octal = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &tail[3..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_escapes() {
        let text = "36 35 8:17 / /data/media/my\\040disk rw,noatime shared:1 - ext4 /dev/sdb1 rw\nodd\n\
                    37 35 0:50 / /data/media/nas rw - cifs //nas/a\\134b rw\n";
        let all: Vec<_> = mounts(text).collect();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].device, all[0].place.as_str()), ("8:17", "/data/media/my disk"));
        assert_eq!(all[1].source, "//nas/a\\b");
    }
}
