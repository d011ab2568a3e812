//! The steps up to Hearth's own key: they need what the person gave, and only they.

use super::{Connected, Input, KeyBefore, Parts, STEPS, already, connected, refused};
use crate::{
    engine::{
        nodes::keys,
        saga::{Step, StepContext, StepError, StepOutcome},
    },
    port::session::Credentials,
};
use async_trait::async_trait;
use hearth_model::{
    fault::{Cause, Fault},
    node::Link,
};
use std::sync::Arc;

pub(super) struct Connecting(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Connecting {
    fn name(&self) -> &'static str {
        STEPS[0]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        let input: Input = context.input()?;
        if let Some(node) = self.0.known(&input) {
            let Link::Ssh { host_key, .. } = &node.link else {
                return Err(StepError::new("a node over SSH has a host key"));
            };
            let host_key = host_key.clone();
            let already = Some(node.id);
            context.save(&Connected { host_key, already }).await?;
            return Ok(StepOutcome::Skipped(format!("it is the node {} already", node.name)));
        }
        context.progress(None, "asking for the host key");
        let shown = self.0.connector.host_key(&input.address, input.port).await;
        let host_key = shown.map_err(|fault| refused(&input, &fault))?;
        if input
            .host_key
            .as_ref()
            .is_some_and(|wanted| *wanted != host_key.fingerprint)
        {
            let detail = format!("it shows {}", host_key.fingerprint);
            return Err(refused(&input, &Fault::new(Cause::HostKeyMismatch, detail)));
        }
        context.log(&format!("host key {}", host_key.fingerprint));
        context
            .save(&Connected {
                host_key: host_key.clone(),
                already: None,
            })
            .await?;
        context.progress(None, &format!("logging in as {}", input.user));
        self.0.log_in_once(context, &input, &host_key).await?;
        Ok(StepOutcome::Done(format!("host key {} pinned", host_key.fingerprint)))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine")
    }
}

pub(super) struct InstallingKey(pub(super) Arc<Parts>);

#[async_trait]
impl Step for InstallingKey {
    fn name(&self) -> &'static str {
        STEPS[1]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("Hearth's key is there already".to_owned()));
        }
        let input: Input = context.input()?;
        let host_key = connected(context)?.host_key;
        let session = self.0.log_in_once(context, &input, &host_key).await?;
        let key = self.0.connector.own_public_key();
        let present = match context.own::<KeyBefore>()? {
            Some(before) => before.present,
            None => keys::is_installed(&*session, &key).await?,
        };
        context.save(&KeyBefore { present }).await?;
        keys::install(&*session, &key).await?;
        context.log(&format!("{key} is in ~{}/.ssh/authorized_keys", input.user));
        Ok(StepOutcome::Done("Hearth's key is installed".to_owned()))
    }

    async fn undo(&self, context: &StepContext) -> Result<(), StepError> {
        match context.own::<KeyBefore>()? {
            Some(KeyBefore { present: false }) => {}
            Some(KeyBefore { present: true }) | None => return Ok(()),
        }
        let input: Input = context.input()?;
        let host_key = connected(context)?.host_key;
        let session = match self.0.log_in_once(context, &input, &host_key).await {
            Ok(session) => session,
            Err(_) => match self.0.log_in(context, &input, &host_key).await {
                Ok(session) => session,
                // Our key is refused: it was never installed, or is gone.
                Err(fault) if fault.cause == Cause::WrongPassword => return Ok(()),
                Err(fault) => return Err(StepError::of_fault(input.address.as_str(), &fault)),
            },
        };
        keys::remove(&*session, &self.0.connector.own_public_key()).await?;
        context.log("Hearth's key is removed again");
        Ok(())
    }
}

pub(super) struct Verifying(pub(super) Arc<Parts>);

#[async_trait]
impl Step for Verifying {
    fn name(&self) -> &'static str {
        STEPS[2]
    }

    async fn run(&self, context: &StepContext) -> Result<StepOutcome, StepError> {
        if already(context)?.is_some() {
            return Ok(StepOutcome::Skipped("it is a node already".to_owned()));
        }
        let input: Input = context.input()?;
        let target = Parts::target(&input, &connected(context)?.host_key);
        let opened = self.0.connector.connect(&target, &Credentials::OwnKey).await;
        let session = opened.map_err(|fault| match fault.cause {
            Cause::WrongPassword => refused(&input, &fault).with(
                "Hearth's key was put into ~/.ssh/authorized_keys, but the SSH server does not accept it: look at PubkeyAuthentication and AuthorizedKeysFile in /etc/ssh/sshd_config, and whether others may write to the home folder.",
            ),
            _ => StepError::of_fault(input.address.as_str(), &fault),
        })?;
        self.0.one_time.wipe(context.job);
        if let Some(first) = self.0.one_time.session(context.job) {
            first.close().await;
        }
        self.0.one_time.hold(context.job, &session);
        Ok(StepOutcome::Done(
            "logged in with Hearth's key; the password is forgotten".to_owned(),
        ))
    }

    async fn undo(&self, _: &StepContext) -> Result<(), StepError> {
        Ok(())
    }

    fn no_undo(&self) -> Option<&'static str> {
        Some("it changes nothing on the machine")
    }
}
