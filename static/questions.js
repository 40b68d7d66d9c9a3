// The filter of the list of open questions. Without this file the list is whole, and the registers below it are there.
// What is chosen stands in the address, so that a view can be shared and the way back leads to it.
(function () {
  "use strict";
  function form() { return document.querySelector(".question-filter"); }

  function checked(f) {
    return Array.prototype.filter.call(f.querySelectorAll("[name=status]"), function (box) { return box.checked; })
      .map(function (box) { return box.value; });
  }

  function value(f, name) {
    var field = f.querySelector("[name=" + name + "]");
    return field ? field.value.trim() : "";
  }

  // Letters without their accents and case, so that `Poincare` finds Poincaré.
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  function chosen(f) {
    return { words: value(f, "words"), part: value(f, "part"), topic: value(f, "topic"), status: checked(f) };
  }

  function apply(f) {
    var want = chosen(f);
    var words = plain(want.words).split(/\s+/).filter(Boolean);
    var total = 0, found = 0;
    document.querySelectorAll(".group[data-part]").forEach(function (group) {
      var here = 0;
      group.querySelectorAll(".question-list > li").forEach(function (item) {
        var text = plain(item.textContent);
        var good = (!want.part || group.dataset.part === want.part)
          && (!want.topic || item.dataset.topics.split("|").indexOf(want.topic) >= 0)
          && (!want.status.length || want.status.indexOf(item.dataset.status) >= 0)
          && words.every(function (word) { return text.indexOf(word) >= 0; });
        item.hidden = !good;
        total += 1;
        here += good ? 1 : 0;
      });
      group.hidden = here === 0;
      found += here;
    });
    var all = found === total;
    var number = all ? String(total) : found + " of " + total;
    f.querySelector("[role=status]").textContent = number + (total === 1 ? " question" : " questions");
    f.querySelector("[type=reset]").hidden = all && !want.words;
    return want;
  }

  function remember(want) {
    var query = new URLSearchParams();
    ["words", "part", "topic"].forEach(function (name) { if (want[name]) query.set(name, want[name]); });
    want.status.forEach(function (status) { query.append("status", status); });
    var text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  }

  function begin() {
    var f = form();
    if (!f) return;
    var query = new URLSearchParams(location.search);
    ["words", "part", "topic"].forEach(function (name) {
      var field = f.querySelector("[name=" + name + "]");
      if (!field || !query.has(name)) return;
      field.value = query.get(name);
      // A choice that is gone from the list is none.
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.value = "";
    });
    var states = query.getAll("status");
    f.querySelectorAll("[name=status]").forEach(function (box) { box.checked = states.indexOf(box.value) >= 0; });
    f.hidden = false;
    apply(f);
  }

  function change(event) {
    var f = event.target.closest && event.target.closest(".question-filter");
    if (f) remember(apply(f));
  }
  document.addEventListener("input", change);
  document.addEventListener("change", change);
  document.addEventListener("submit", function (event) {
    if (event.target.matches(".question-filter")) event.preventDefault();
  });
  document.addEventListener("reset", function (event) {
    var f = event.target;
    if (!f.matches(".question-filter")) return;
    event.preventDefault();
    f.querySelectorAll("select, [type=search]").forEach(function (field) { field.value = ""; });
    f.querySelectorAll("[name=status]").forEach(function (box) { box.checked = false; });
    remember(apply(f));
    f.querySelector("[type=search]").focus();
  });
  window.addEventListener("popstate", begin);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
