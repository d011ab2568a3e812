//! Draws every page with made-up data into a folder, to look at them without a manager:
//! `cargo run -p hearth --example gallery -- /tmp/gallery`, then open `/tmp/gallery/index.html`.

#[path = "../../tests/pages/all.rs"]
mod all;
#[path = "../../tests/pages/fixtures/mod.rs"]
mod fixtures;

use maud::html;
use std::{fs, path::Path};

const ASSETS: [&str; 6] = [
    "hearth.css",
    "hearth.js",
    "logo.svg",
    "favicon.svg",
    "vendor/htmx.min.js",
    "vendor/hx-sse.min.js",
];

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("icons"))?;
    let pages = all::pages()?;
    for (name, page) in &pages {
        // Files have no root: what the manager serves from there lies beside them.
        let local = page
            .0
            .replace("\"/assets/", "\"assets/")
            .replace("\"/apps/icons/", "\"icons/")
            .replace("hx-sse:connect", "data-live");
        fs::write(folder.join(format!("{name}.html")), local)?;
    }
    let index =
        html! { h1 { "Gallery" } ul { @for (name, _) in &pages { li { a href={ (name) ".html" } { (name) } } } } };
    fs::write(folder.join("index.html"), index.0)?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/assets");
    fs::create_dir_all(folder.join("assets/vendor"))?;
    for name in ASSETS {
        fs::copy(source.join(name), folder.join("assets").join(name))?;
    }
    for recipe in fixtures::recipes()? {
        fs::write(folder.join(format!("icons/{}.svg", recipe.manifest.slug)), &recipe.icon)?;
    }
    println!("{} pages in {}", pages.len(), folder.display());
    Ok(())
}
