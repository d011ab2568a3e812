//! The JSON Schema of `manifest.yaml`, made from its types, for editors and for `hearth recipe schema`.

use super::Manifest;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema, JSON Schema draft 2020-12.
#[must_use]
pub fn manifest_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<Manifest>();
    schema.insert("title".to_owned(), "Hearth recipe: manifest.yaml".into());
    schema.to_value()
}

/// The same as text that people can read.
#[must_use]
pub fn manifest_schema_text() -> String {
    // Writing a Value as JSON cannot fail; {:#} is serde_json's pretty form.
    format!("{:#}\n", manifest_schema())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema() {
        insta::assert_snapshot!(manifest_schema_text());
    }
}
