//! `hearth recipe`: what can be installed. `lint` and `schema` work on files, without a manager.

use super::{
    CliError,
    client::{Client, List},
    error::io,
    output,
};
use clap::Subcommand;
use hearth_model::{
    name::Slug,
    recipe::{self, Recipe as Checked, lint::LintFinding, profile::Profile},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What can be installed.
#[derive(Debug, Subcommand)]
pub enum Recipe {
    /// List the catalogue
    List {
        /// Words to look for
        search: Option<String>,
        /// Shelf, such as media
        #[arg(long)]
        category: Option<String>,
        /// Architecture it must be made for
        #[arg(long)]
        arch: Option<String>,
    },
    /// Show one
    Show {
        /// Recipe
        recipe: Slug,
    },
    /// Check recipes on disk: names file, line and field of every fault
    Lint {
        /// Folders of recipes, or folders that hold such folders
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
    },
    /// Print the JSON Schema of manifest.yaml
    Schema,
}

impl Recipe {
    /// Whether it needs no manager.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Lint { .. } | Self::Schema)
    }

    pub(super) fn run_local(self) -> Result<ExitCode, CliError> {
        match self {
            Self::Lint { folders } => lint(&folders),
            Self::Schema => output::text(&recipe::schema::manifest_schema_text()).map(|()| ExitCode::SUCCESS),
            Self::List { .. } | Self::Show { .. } => Err(CliError::Usage("this needs a manager".to_owned())),
        }
    }

    pub(super) async fn run(self, client: &Client, json: bool) -> Result<(), CliError> {
        match self {
            Self::List { search, category, arch } => {
                let given = [("text", search), ("category", category), ("arch", arch)];
                let pairs = given
                    .into_iter()
                    .filter_map(|(name, value)| value.map(|value| (name, value)));
                let filter: String = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                let recipes: List<Value> = client.get(&format!("/api/v1/recipes?limit=1000&{filter}")).await?;
                if json {
                    return output::json(&recipes);
                }
                let text = |recipe: &Value, field: &str| recipe[field].as_str().unwrap_or_default().to_owned();
                let rows = recipes
                    .items
                    .iter()
                    .map(|r| ["slug", "version", "category", "summary"].map(|f| text(r, f)));
                output::table(["RECIPE", "VERSION", "CATEGORY", "SUMMARY"], rows)
            }
            Self::Show { recipe } => output::json(&client.get::<Value>(&format!("/api/v1/recipes/{recipe}")).await?),
            Self::Lint { .. } | Self::Schema => self.run_local().map(|_| ()),
        }
    }
}

fn lint(folders: &[PathBuf]) -> Result<ExitCode, CliError> {
    let mut recipes = Vec::new();
    for folder in folders {
        if folder.join("manifest.yaml").exists() {
            recipes.push(folder.clone());
        } else {
            recipes.extend(recipes_in(folder)?);
        }
    }
    let mut faults = 0;
    for folder in &recipes {
        for finding in faults_of(folder)? {
            faults += 1;
            output::text(&format!("{}/{finding}", folder.display()))?;
        }
    }
    for folder in folders {
        for finding in faults_of_profiles(&folder.join("profiles"), &recipes)? {
            faults += 1;
            output::text(&format!("{}/profiles/{finding}", folder.display()))?;
        }
    }
    output::text(&format!("{} recipes, {faults} faults", recipes.len()))?;
    Ok(if faults == 0 && !recipes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn faults_of(folder: &Path) -> Result<Vec<LintFinding>, CliError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(io(format!("reading {}", path.display())))
    };
    let name = folder.file_name().and_then(|name| name.to_str());
    let parsed = Checked::parse_in(
        name,
        &read("manifest.yaml")?,
        &read("compose.yaml")?,
        &read("icon.svg")?,
    );
    Ok(parsed.err().unwrap_or_default())
}

/// Profiles may only list recipes that there are.
fn faults_of_profiles(folder: &Path, recipes: &[PathBuf]) -> Result<Vec<LintFinding>, CliError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let slug = |path: &PathBuf| path.file_name()?.to_str()?.parse::<Slug>().ok();
    let known: BTreeSet<Slug> = recipes.iter().filter_map(slug).collect();
    let mut faults = Vec::new();
    for path in entries(folder)? {
        let text = std::fs::read_to_string(&path).map_err(io(format!("reading {}", path.display())))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        faults.extend(Profile::parse(&name, &text, &known).err().unwrap_or_default());
    }
    Ok(faults)
}

fn recipes_in(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    Ok(entries(folder)?
        .into_iter()
        .filter(|path| path.join("manifest.yaml").exists())
        .collect())
}

/// What is in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let attempt = || format!("reading {}", folder.display());
    let listed = std::fs::read_dir(folder).map_err(io(attempt()))?;
    let mut paths = listed
        .map(|entry| entry.map(|e| e.path()).map_err(io(attempt())))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
