//! Something that loses something: what will be lost, and its name typed before it is done.

use super::{
    csrf,
    field::Field,
    link,
    notice::{Kind, notice},
};
use crate::web::pages::{
    form::{Fields, Trouble},
    icons::Icon,
};
use maud::{Markup, html};

/// What is asked.
pub struct Confirm<'a> {
    /// Where the form is sent.
    pub action: &'a str,
    /// What has to be typed.
    pub name: &'a str,
    /// What is lost.
    pub lost: Markup,
    /// What else is to be chosen, before the name.
    pub choices: Markup,
    /// What the button that does it shows and says.
    pub button: (Icon, &'a str),
    /// Where one goes who does not want it.
    pub back: &'a str,
}

impl Confirm<'_> {
    /// The form, as it is sent out at first or comes back.
    #[must_use]
    pub fn show(&self, token: &str, input: &Fields, trouble: &Trouble) -> Markup {
        let (icon, label) = self.button;
        html! {
            form class="card form" method="post" action=(self.action) {
                (csrf(token))
                (trouble.show())
                (notice(Kind::Warm, "What is lost", &self.lost))
                (self.choices)
                (Field::new("confirm", &format!("Type {} to confirm", self.name)).value(input.text("confirm")).required().literal()
                    .autocomplete("off").trouble(trouble, "/confirm").input())
                div class="row" {
                    button class="button danger" type="submit" { (icon) (label) }
                    (link(self.back, "quiet", Icon::X, "Keep it"))
                }
            }
        }
    }
}

/// Whether the name was typed; if not, that is what is wrong with the form.
pub fn confirmed(form: &Fields, name: &str, trouble: &mut Trouble) -> bool {
    let typed = form.text("confirm") == name;
    if !typed {
        trouble.add("confirm", format!("type {name} to confirm"));
    }
    typed
}
