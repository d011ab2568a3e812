//! The files of settings, with what was before each beside it.
//!
//! `50-hearth-<link>.network` is what networkd reads. `50-hearth-<link>.before` is there while a change is not confirmed: it has the old file in
//! it, or is empty when there was none. It is written before the change, and goes after it: whenever the power fails, it can be put back.

use crate::adapter::settings_file;
use hearth_model::system::{LinkName, LinkSettings};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const PREFIX: &str = "50-hearth-";
const BEFORE: &str = ".before";

#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, link: &LinkName, ending: &str) -> PathBuf {
        self.folder.join(format!("{PREFIX}{link}{ending}"))
    }

    fn current(&self, link: &LinkName) -> PathBuf {
        self.path(link, ".network")
    }

    pub(super) fn settings(&self, link: &LinkName) -> io::Result<LinkSettings> {
        let file = settings_file::read(&self.current(link))?;
        Ok(LinkSettings::of_file(file.as_deref()))
    }

    pub(super) fn apply(&self, link: &LinkName, settings: &LinkSettings) -> io::Result<()> {
        let (current, before) = (self.current(link), self.path(link, BEFORE));
        // What is not confirmed is no state to go back to.
        if !before.try_exists()? {
            let old = settings_file::read(&current)?;
            settings_file::write(&before, old.as_deref().unwrap_or_default())?;
        }
        put(&current, settings.file(link).as_deref())
    }

    /// The links with something to put back.
    fn unconfirmed(&self) -> io::Result<Vec<LinkName>> {
        let mut links = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let link = name
                .to_str()
                .and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(BEFORE)?.parse().ok());
            links.extend(link);
        }
        links.sort();
        Ok(links)
    }

    pub(super) fn confirm(&self) -> io::Result<()> {
        for link in self.unconfirmed()? {
            settings_file::remove(&self.path(&link, BEFORE))?;
        }
        Ok(())
    }

    /// Puts back what was before; it stays beside until that is confirmed.
    pub(super) fn put_back(&self) -> io::Result<Vec<LinkName>> {
        let links = self.unconfirmed()?;
        for link in &links {
            let before = settings_file::read(&self.path(link, BEFORE))?;
            put(&self.current(link), before.as_deref().filter(|text| !text.is_empty()))?;
        }
        Ok(links)
    }
}

fn put(path: &Path, contents: Option<&str>) -> io::Result<()> {
    match contents {
        Some(contents) => settings_file::write(path, contents),
        None => settings_file::remove(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(address: &str) -> LinkSettings {
        LinkSettings::Fixed {
            address: address.parse().unwrap(),
            gateway: None,
            dns: Vec::new(),
        }
    }

    fn names(files: &Files) -> Vec<String> {
        let entries = fs::read_dir(&files.folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_before_comes_back_whatever_came_after() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_owned());
        let link: LinkName = "enp1s0".parse().unwrap();
        files.apply(&link, &fixed("10.0.0.1/24")).unwrap();
        assert_eq!(names(&files), ["50-hearth-enp1s0.before", "50-hearth-enp1s0.network"]);
        files.apply(&link, &fixed("10.0.0.2/24")).unwrap();
        assert_eq!(files.put_back().unwrap(), std::slice::from_ref(&link));
        assert_eq!(
            files.settings(&link).unwrap(),
            LinkSettings::Dhcp,
            "nothing was ever confirmed"
        );
        assert_eq!(
            files.put_back().unwrap(),
            std::slice::from_ref(&link),
            "until that is confirmed"
        );
        files.confirm().unwrap();
        assert!(names(&files).is_empty());

        files.apply(&link, &fixed("10.0.0.1/24")).unwrap();
        files.confirm().unwrap();
        files.apply(&link, &LinkSettings::Dhcp).unwrap();
        assert_eq!(names(&files), ["50-hearth-enp1s0.before"]);
        let after_a_power_cut = Files::new(dir.path().to_owned());
        after_a_power_cut.put_back().unwrap();
        assert_eq!(files.settings(&link).unwrap(), fixed("10.0.0.1/24"));
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path().to_owned());
        for name in ["10-own.network", "50-hearth-a b.before", "x.before"] {
            fs::write(dir.path().join(name), "theirs").unwrap();
        }
        assert_eq!(files.put_back().unwrap(), []);
        files.confirm().unwrap();
        assert_eq!(names(&files).len(), 3);
    }
}
