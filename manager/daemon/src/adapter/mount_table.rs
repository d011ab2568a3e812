//! What is mounted, as the kernel tells it.
//!
//! Source: proc_pid_mountinfo(5).

use hearth_model::probe::unescape;

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
            place: unescape(fields.nth(1)?),
            source: unescape(back.split(' ').nth(1)?),
        })
    })
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
