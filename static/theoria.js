// The theme switch, a menu that closes when it is left, and keys for what scrolls: every page reads the same without this file.
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

  // The menu lies over the text: it closes by Escape, and when whatever has the focus or is pressed is not in it.
  function close(but) {
    var menu = document.querySelector(".contents[open]");
    if (menu && !(but && menu.contains(but))) menu.open = false;
    return menu;
  }
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" && !event.defaultPrevented ? close(null) : null;
    if (menu && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  });
  document.addEventListener("focusin", function (event) { close(event.target); });
  document.addEventListener("pointerdown", function (event) { close(event.target); });

  // What scrolls sideways can be reached by Tab, and scrolled by the arrow keys; what does not scroll is no stop on the way.
  function reach() {
    document.querySelectorAll("main :is(pre, .table, .katex-display)").forEach(function (box) {
      var scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls && !box.hasAttribute("tabindex")) box.setAttribute("tabindex", "0");
      else if (!scrolls && box.getAttribute("tabindex") === "0") box.removeAttribute("tabindex");
    });
  }
  var waiting = 0;
  function soon() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(reach);
  }
  window.addEventListener("load", soon);
  window.addEventListener("resize", soon);
  document.addEventListener("toggle", soon, true);
})();
