// The theme switch, and nothing else: every page reads the same without this file.
// It is loaded in the head, so that a stored choice is applied before the first paint.
(function () {
  "use strict";
  var root = document.documentElement;
  var key = "theoria-theme";
  var stored = null;
  try { stored = localStorage.getItem(key); } catch (e) { /* storage is off: follow the system */ }
  if (stored === "light" || stored === "dark") root.setAttribute("data-theme", stored);

  function system() {
    return window.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  function current() { return root.getAttribute("data-theme") || system(); }

  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector(".theme-switch");
    if (!button) return;
    function label() {
      button.setAttribute("aria-label", current() === "dark" ? "Use the light theme" : "Use the dark theme");
      button.title = button.getAttribute("aria-label");
    }
    button.hidden = false;
    label();
    button.addEventListener("click", function () {
      var next = current() === "dark" ? "light" : "dark";
      // A choice that agrees with the system is no choice: follow the system again.
      if (next === system()) root.removeAttribute("data-theme");
      else root.setAttribute("data-theme", next);
      try {
        if (next === system()) localStorage.removeItem(key);
        else localStorage.setItem(key, next);
      } catch (e) { /* the choice lasts as long as the page */ }
      label();
    });
    if (window.matchMedia) {
      var query = matchMedia("(prefers-color-scheme: dark)");
      if (query.addEventListener) query.addEventListener("change", label);
    }
  });
})();
