//! Secrets of an app: made, sealed and kept under the app's name; never in its row, its plan or a log.

use crate::{
    engine::saga::{
        app::{context_of, owner},
        deploy::NEXT,
    },
    port::{
        ids::Ids,
        vault::{Plaintext, Vault},
    },
    store::{self, secrets},
};
use hearth_model::{
    id::{AppId, SecretId},
    recipe::{
        Manifest,
        manifest::{QuestionKind, Secret},
    },
};
use rusqlite::{Connection, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// Letters and digits: harmless in a URL, a shell, a Compose file and a command's arguments.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Largest multiple of the alphabet's length that a byte holds: bytes from there on would favour its first letters.
const FAIR: u8 = 248;

/// Seals and keeps secrets.
pub(super) struct Sealer<'a> {
    pub(super) vault: &'a dyn Vault,
    pub(super) ids: &'a dyn Ids,
}

impl Sealer<'_> {
    /// Makes the secrets of a recipe that the app does not have yet.
    pub(super) fn make_missing(&self, tx: &Transaction<'_>, app: AppId, manifest: &Manifest) -> store::Result<()> {
        let known: BTreeSet<String> = secrets::of_owner(tx, &owner(app))?
            .into_iter()
            .map(|secret| secret.name)
            .collect();
        for wanted in manifest.secrets.iter().filter(|wanted| !known.contains(&wanted.id)) {
            self.keep(tx, app, wanted.id.clone(), &self.draw(wanted))?;
        }
        Ok(())
    }

    /// Keeps the answers to questions of type password. `next`: to take over only when the app runs with them.
    pub(super) fn keep_passwords(
        &self,
        tx: &Transaction<'_>,
        app: AppId,
        passwords: &BTreeMap<String, String>,
        next: bool,
    ) -> store::Result<()> {
        for (question, password) in passwords {
            let name = answer_name(question);
            let name = if next { name + NEXT } else { name };
            self.keep(tx, app, name, password)?;
        }
        Ok(())
    }

    fn keep(&self, tx: &Transaction<'_>, app: AppId, name: String, text: &str) -> store::Result<()> {
        let id = SecretId::from(self.ids.uuid());
        let secret = secrets::Secret {
            id,
            owner: owner(app),
            name,
            sealed: self.vault.seal(&context_of(id), &Plaintext::new(text)),
        };
        secrets::put(tx, &secret)
    }

    fn draw(&self, wanted: &Secret) -> String {
        let length = usize::from(wanted.length);
        let mut text = String::with_capacity(length);
        let mut bytes = [0; 64];
        while text.len() < length {
            self.ids.random(&mut bytes);
            let fair = bytes.iter().filter(|byte| **byte < FAIR);
            let letters = fair.map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
            text.extend(letters.take(length - text.len()));
        }
        text
    }
}

/// The name under which the answer to a question of type password is kept.
pub(in crate::engine) fn answer_name(question: &str) -> String {
    format!("answer:{question}")
}

/// An app's sealed secrets, by the id of the recipe's secret or question.
pub(in crate::engine) fn by_name(
    connection: &Connection,
    app: AppId,
    manifest: &Manifest,
) -> store::Result<BTreeMap<String, SecretId>> {
    let known: BTreeMap<String, SecretId> = secrets::of_owner(connection, &owner(app))?
        .into_iter()
        .map(|secret| (secret.name, secret.id))
        .collect();
    let made = manifest
        .secrets
        .iter()
        .filter_map(|secret| Some((secret.id.clone(), *known.get(&secret.id)?)));
    let answered = manifest
        .questions
        .iter()
        .filter(|question| question.kind == QuestionKind::Password)
        .filter_map(|question| {
            let name = answer_name(&question.id);
            let id = known.get(&format!("{name}{NEXT}")).or_else(|| known.get(&name))?;
            Some((question.id.clone(), *id))
        });
    Ok(made.chain(answered).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{ids::FakeIds, vault::FakeVault};

    #[test]
    fn drawn_secrets_have_their_length_and_are_harmless() {
        let sealer = Sealer {
            vault: &FakeVault,
            ids: &FakeIds::default(),
        };
        let wanted = |length| Secret {
            id: "key".to_owned(),
            label: None,
            length,
            env: "KEY".to_owned(),
            show: false,
        };
        let (first, second) = (sealer.draw(&wanted(12)), sealer.draw(&wanted(128)));
        assert_eq!((first.len(), second.len()), (12, 128));
        assert!(second.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert!(!second.starts_with(&first));
    }
}
