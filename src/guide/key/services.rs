//! The keys of what pages load from other sites, which they do only where `theoria.yaml` asks for it.

use super::Holds::{Keys, Text};
use super::keys;

/// Comments below pages.
pub mod comments {
    use super::{Keys, giscus, keys};

    keys! { true:
        /// Comments that giscus keeps as discussions on GitHub. What giscus.app shows for your repository.
        GISCUS = "giscus": Keys(&giscus::TABLE), "{repo: ada/guide, repo_id: R_1, category: Comments, category_id: DIC_1}";
    }
}

/// What giscus has to know.
pub mod giscus {
    use super::{Text, keys};

    keys! { true ["repo", "repo_id", "category", "category_id"]:
        /// The repository, as `owner/name`.
        REPO = "repo": Text, "ada/guide";
        /// Its number at GitHub.
        REPO_ID = "repo_id": Text, "R_1";
        /// The category of the discussions.
        CATEGORY = "category": Text, "Comments";
        /// Its number at GitHub.
        CATEGORY_ID = "category_id": Text, "DIC_1";
        /// What of a page finds its discussion.
        MAPPING = "mapping": Text, "pathname";
        /// The language of the buttons.
        LANG = "lang": Text, "en";
    }
}

/// Who counts the visits.
pub mod analytics {
    use super::{Text, keys};

    keys! { true:
        /// The domain, as Plausible knows it.
        PLAUSIBLE = "plausible": Text, "example.org";
        /// The name at GoatCounter, or the whole address where it counts.
        GOATCOUNTER = "goatcounter": Text, "ada";
        /// The tag of Google Analytics.
        GOOGLE = "google": Text, "G-1234567";
        /// The number of the site at Umami.
        UMAMI = "umami": Text, "\"1234-5678\"";
        /// Where Umami's script is, if not in its cloud.
        UMAMI_SCRIPT = "umami_script": Text, "https://stats.example.org/script.js";
        /// The address of any other script.
        SCRIPT = "script": Text, "https://stats.example.org/count.js";
    }
}
