//! The shelves of the catalogue, in words.

use hearth_model::recipe::manifest::Category;

/// Every shelf: its word in addresses, and how people read it.
pub const SHELVES: [(Category, &str, &str); 16] = [
    (Category::Media, "media", "Media"),
    (Category::Photos, "photos", "Photos"),
    (Category::Documents, "documents", "Documents"),
    (Category::Reading, "reading", "Reading"),
    (Category::Productivity, "productivity", "Productivity"),
    (Category::HomeAutomation, "home-automation", "Home automation"),
    (Category::Development, "development", "Development"),
    (Category::Monitoring, "monitoring", "Monitoring"),
    (Category::Networking, "networking", "Networking"),
    (Category::Security, "security", "Security"),
    (Category::Communication, "communication", "Communication"),
    (Category::Files, "files", "Files"),
    (Category::Web, "web", "Web"),
    (Category::Games, "games", "Games"),
    (Category::Finance, "finance", "Finance"),
    (Category::Health, "health", "Health"),
];

/// The shelf of an address' word.
#[must_use]
pub fn parse(word: &str) -> Option<Category> {
    SHELVES
        .iter()
        .find(|(_, w, _)| *w == word)
        .map(|(category, ..)| *category)
}

/// The word of a shelf in addresses.
#[must_use]
pub fn word(category: Category) -> &'static str {
    SHELVES
        .iter()
        .find(|(c, ..)| *c == category)
        .map_or("", |(_, word, _)| word)
}

/// How people read a shelf.
#[must_use]
pub fn name(category: Category) -> &'static str {
    SHELVES
        .iter()
        .find(|(c, ..)| *c == category)
        .map_or("Other", |(.., name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_recipes() -> Result<(), serde_json::Error> {
        for (category, word, _) in SHELVES {
            assert_eq!(serde_json::to_value(category)?, word);
            assert_eq!(parse(word), Some(category));
        }
        Ok(())
    }
}
