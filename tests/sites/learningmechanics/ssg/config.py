# Constants of the whole site
SITE_URL         = "https://descent.example"
SITE_TITLE       = "Descent"
SITE_DESCRIPTION = "How learning goes downhill"
AUTHOR           = "The team"
PAPER_URL        = "https://example.org/paper"

POSTS_DIR          = "posts"
BUILD_DIR          = "build"
QUESTIONS_FILE     = "openquestions/questions.json"
CONTRIBUTORS_FILE  = "contributors.json"
TEMPLATES_DIR      = "templates"

KATEX_CSS_URL    = "https://example.org/katex.css"
GA_ID            = "G-1"
GISCUS_REPO           = "ada/descent"
GISCUS_REPO_ID        = "R_1"
GISCUS_CATEGORY_ID    = "DIC_1"
GISCUS_CATEGORY_POSTS = "Comments"
RSS_POST_LIMIT = 20
