// Full-text search: a button in the header and the key `/` open a dialog. The index and its engine are loaded when it
// is opened first, and nothing is asked of any server but this site's own files.
(function () {
  "use strict";
  var EXCERPT = 150;
  var RESULTS = 12;
  var PLACES = 3;
  var dialog = null, input = null, list = null, status = null, button = null;
  var index = null, loading = null, timer = 0, chosen = -1;

  function trigger() { return document.querySelector(".search-open"); }

  function load(src) {
    return new Promise(function (done, failed) {
      var script = document.createElement("script");
      script.src = src;
      script.onload = done;
      script.onerror = function () { failed(new Error(src)); };
      document.head.append(script);
    });
  }

  function ready() {
    var root = button.dataset.root;
    if (!loading) {
      loading = load(root + "static/search/elasticlunr.min.js")
        .then(function () { return load(root + button.dataset.index); })
        .then(function () { index = window.elasticlunr.Index.load(window.theoriaSearch.index); })
        .catch(function () { loading = null; throw new Error("no index"); });
    }
    return loading;
  }

  function element(name, parent, attributes, text) {
    var made = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }

  function build() {
    dialog = element("dialog", document.body, { "class": "search", "aria-label": "Search" });
    var form = element("form", dialog, { role: "search", "class": "search-form" });
    input = element("input", form, {
      type: "search", "aria-label": "Search this guide", placeholder: "Search this guide", autocomplete: "off",
      spellcheck: "false", role: "combobox", "aria-expanded": "true", "aria-controls": "search-results",
      "aria-autocomplete": "list"
    });
    element("button", form, { type: "button", "class": "search-close" }, "Close").addEventListener("click", close);
    status = element("p", dialog, { "class": "search-status", role: "status" });
    list = element("div", dialog, { id: "search-results", "class": "search-results", role: "listbox", "aria-label": "Results" });
    form.addEventListener("submit", function (event) { event.preventDefault(); follow(); });
    input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(find, 60); });
    dialog.addEventListener("keydown", keys);
    dialog.addEventListener("click", function (event) { if (event.target === dialog) close(); });
    list.addEventListener("click", function (event) { if (event.target.closest("a")) close(); });
  }

  function open() {
    button = trigger();
    if (!button) return;
    if (!dialog || !dialog.isConnected) build();
    if (!dialog.open) dialog.showModal();
    input.focus();
    input.select();
    status.textContent = index ? status.textContent : "Loading the index …";
    ready().then(find, function () { status.textContent = "The index could not be loaded."; });
  }

  function close() { dialog.close(); }

  function options() { return list.querySelectorAll("a"); }

  function choose(at) {
    var all = options();
    chosen = all.length ? (at + all.length) % all.length : -1;
    all.forEach(function (option, other) { option.setAttribute("aria-selected", other === chosen ? "true" : "false"); });
    if (chosen < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function follow() {
    var all = options();
    if (all.length) all[Math.max(chosen, 0)].click();
  }

  function keys(event) {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && event.target === input) follow();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  }

  // The words that are looked for, as they may stand in a text.
  function words(query) {
    return query.toLowerCase().split(/[\s-]+/).filter(function (word) { return word.length > 1; });
  }

  function score(text, wanted) {
    var lower = text.toLowerCase();
    return wanted.filter(function (word) { return lower.indexOf(word) >= 0; }).length;
  }

  function find() {
    if (!index) return;
    var query = input.value.trim();
    list.replaceChildren();
    if (!query) {
      status.textContent = "";
      return choose(-1);
    }
    var data = window.theoriaSearch;
    var settings = { bool: "AND", expand: true, fields: { title: { boost: 3 }, body: { boost: 1 } } };
    var hits = index.search(query, settings);
    if (!hits.length) hits = index.search(query, Object.assign({}, settings, { bool: "OR" }));
    var pages = new Map();
    hits.forEach(function (hit) {
      var place = data.places[hit.ref];
      if (!pages.has(place[0])) pages.set(place[0], []);
      pages.get(place[0]).push(place);
    });
    var count = pages.size;
    status.textContent = count === 0 ? "Nothing found." : count === 1 ? "1 page" : count + " pages";
    Array.from(pages).slice(0, RESULTS).forEach(function (entry) { show(data.pages[entry[0]], entry[1], words(query)); });
    choose(0);
  }

  function show(page, places, wanted) {
    var group = element("section", list, { "class": "search-page", role: "group", "aria-label": page[1] });
    var head = places.find(function (place) { return place[1] === ""; });
    var address = button.dataset.root + page[0];
    var first = option(group, address, "search-title");
    mark(element("span", first, { "class": "search-name" }), page[1], wanted);
    var about = page[3] === "question" ? "Open question" : page[2];
    if (about) element("span", first, { "class": "search-kind" }, about);
    if (head) mark(element("span", first, { "class": "search-text" }), excerpt(head[4], wanted), wanted);
    places.filter(function (place) { return place !== head; }).slice(0, PLACES).forEach(function (place) {
      var link = option(group, address + "#" + encodeURIComponent(place[1]), "search-place");
      mark(element("span", link, { "class": "search-name" }), place[2] || place[1], wanted);
      if (place[3] !== "section") element("span", link, { "class": "search-kind" }, place[3]);
      mark(element("span", link, { "class": "search-text" }), excerpt(place[4], wanted), wanted);
    });
  }

  function option(parent, address, name) {
    var id = "search-result-" + options().length;
    return element("a", parent, { id: id, href: address, "class": name, role: "option", "aria-selected": "false", tabindex: "-1" });
  }

  // The stretch of a text in which most of the words are.
  function excerpt(text, wanted) {
    if (text.length <= EXCERPT) return text;
    var lower = text.toLowerCase(), best = 0, most = -1;
    wanted.forEach(function (word) {
      for (var at = lower.indexOf(word), tries = 0; at >= 0 && tries < 20; at = lower.indexOf(word, at + 1), tries++) {
        var start = Math.max(0, at - EXCERPT / 3);
        var found = score(text.slice(start, start + EXCERPT), wanted);
        if (found > most) { most = found; best = start; }
      }
    });
    var start = best ? text.indexOf(" ", best) + 1 : 0;
    var end = text.lastIndexOf(" ", start + EXCERPT);
    if (end <= start) end = Math.min(text.length, start + EXCERPT);
    return (start ? "… " : "") + text.slice(start, end) + (end < text.length ? " …" : "");
  }

  function mark(parent, text, wanted) {
    var lower = text.toLowerCase(), done = 0;
    // In some languages a lower case letter is longer: nothing is marked then rather than the wrong letters.
    while (lower.length === text.length) {
      var next = -1, length = 0;
      wanted.forEach(function (word) {
        var at = lower.indexOf(word, done);
        if (at >= 0 && (next < 0 || at < next || (at === next && word.length > length))) { next = at; length = word.length; }
      });
      if (next < 0) break;
      parent.append(text.slice(done, next));
      element("mark", parent, {}, text.slice(next, next + length));
      done = next + length;
    }
    parent.append(text.slice(done));
  }

  function typing(target) { return target && target.closest && target.closest("input, textarea, select, [contenteditable]"); }

  function reveal() {
    var found = trigger();
    if (found && typeof HTMLDialogElement === "function") found.hidden = false;
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest(".search-open")) open();
  });
  document.addEventListener("keydown", function (event) {
    var slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    var k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if ((!slash && !k) || !trigger()) return;
    event.preventDefault();
    open();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", reveal);
  else reveal();
  // The page may be exchanged in place while it is written.
  document.addEventListener("theoria:changed", reveal);
})();
