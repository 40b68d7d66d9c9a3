//! Bad addresses, people, tags and sequences, and the mistakes that are told of them.

use theoria::guide::mistake::Code;

use super::cases::{Case, case};

pub const PLACES: &[Case] = &[
    case(
        Code::UnknownPerson,
        "== contributors.json ==\n{\"contributors\": [{\"name\": \"Ada Lovelace\"}]}\n\
         == content/a.md ==\n---\ntitle: A\nauthor: Ada Lovelac, ada lovelace, Someone\n---\n",
        &[
            "content/a.md:3:1 warning unknown-person: nobody here is called 'Ada Lovelac', which looks like 'Ada Lovelace'",
        ],
    ),
    case(
        Code::DoubtfulWord,
        "== content/a.md ==\n---\ntitle: A\ntags: [kernel, Width, width]\n---\n== content/b.md ==\n---\ntitle: B\ntags: [kernels, C, C++]\n---\n\
         == content/c.md ==\n---\ntitle: C\ntags: [kernels, rich, rice]\n---\n",
        &[
            "content/a.md:1:1 warning doubtful-word: 'kernel' and 'kernels' look like one word that is spelt in two ways",
        ],
    ),
    case(
        Code::BadConfig,
        "== contributors.json ==\n{\n  \"contributors\": [\n    {\"name\": \"Zoë\",}\n  ]\n}\n== content/a.md ==\n---\ntitle: A\n---\n",
        &["contributors.json:3:20 bad-config: this file cannot be read: trailing comma"],
    ),
    case(
        Code::UnknownKey,
        "== contributors.json ==\n[\n  {\"name\": \"Zoë\"},\n  {\"name\": \"Ada\", \"ulr\": \"x\"}\n]\n== content/a.md ==\n---\ntitle: A\n---\n",
        &["contributors.json:3:20 unknown-key: there is no key `ulr`"],
    ),
    case(
        Code::DeadLink,
        "== theoria.yaml ==\ntitle: A\nauthors: [{name: Ada, photo: static/ada.png}]\nredirects: {old: nowhere/, out: \"https://example.org\"}\n\
         == content/a.md ==\n---\ntitle: A\nscripts: [gone.js]\nstyles: false\n---\n",
        &[
            "content/a.md:3:1 dead-link: there is no file 'gone.js' to load",
            "theoria.yaml:1:1 dead-link: the photo 'static/ada.png' of Ada is not there",
            "theoria.yaml:3:13 dead-link: '/old/' would lead to 'nowhere/', where there is nothing",
        ],
    ),
    case(
        Code::DuplicateUrl,
        "== theoria.yaml ==\nredirects: {b: a/, /c: a/}\n== content/a.md ==\n---\ntitle: A\naliases: [/c/, /a]\n---\n== content/b.md ==\n---\ntitle: B\n---\n",
        &[
            "content/a.md:3:1 duplicate-url: the former address '/a/' is taken: content/a.md has it",
            "theoria.yaml:1:13 duplicate-url: the former address '/b/' is taken: content/b.md has it",
            "theoria.yaml:1:20 duplicate-url: the former address '/c/' is taken: a former address has it",
        ],
    ),
    case(
        Code::DuplicateUrl,
        "== content/a.md ==\n---\ntitle: A\ntags: [x]\n---\n== content/tags.md ==\n---\ntitle: T\n---\n",
        &["content/tags.md:1:1 duplicate-url: two pages would be written to '/tags/'"],
    ),
    case(
        Code::MissingSequence,
        "== content/first/a.md ==\n---\ntitle: A\n---\n== content/b.md ==\n---\ntitle: B\nsequence: frist\n---\n== content/c.md ==\n---\ntitle: C\nsequence: other\n---\n",
        &["content/b.md:3:1 missing-sequence: there is no sequence `frist`"],
    ),
    case(
        Code::MissingSequence,
        "== theoria.yaml ==\nsequences: [first, secnd]\n== content/first/a.md ==\n---\ntitle: A\n---\n== content/second/a.md ==\n---\ntitle: A\n---\n",
        &["theoria.yaml:1:20 missing-sequence: there is no sequence `secnd`"],
    ),
];
