// Tabs, sections behind their titles, and videos that begin by themselves. Without this file tabs stand one below the
// other, and everything else is as the browser does it.
(function () {
  "use strict";

  // ---------------------------------------------------------------- tabs

  var count = 0;
  function parts(tabs) {
    var list = tabs.querySelector(":scope > .tab-list");
    return { list: list, buttons: Array.from(list ? list.children : []), panels: Array.from(tabs.querySelectorAll(":scope > .tab")) };
  }

  function select(tabs, at) {
    var all = parts(tabs);
    all.buttons.forEach(function (button, index) {
      button.setAttribute("aria-selected", index === at ? "true" : "false");
      button.tabIndex = index === at ? 0 : -1;
    });
    all.panels.forEach(function (panel, index) { panel.hidden = index !== at; });
  }

  function selected(tabs) {
    return Math.max(0, parts(tabs).buttons.findIndex(function (button) { return button.getAttribute("aria-selected") === "true"; }));
  }

  // Gives a row of tabs its roles; again, if they were written anew.
  function ready(tabs) {
    var all = parts(tabs);
    if (!all.list || all.buttons.length !== all.panels.length || !all.buttons.length) return;
    if (!all.list.hidden && all.buttons.every(function (button) { return button.hasAttribute("aria-selected"); })) return;
    var at = selected(tabs);
    all.list.hidden = false;
    all.list.setAttribute("role", "tablist");
    all.buttons.forEach(function (button, index) {
      var panel = all.panels[index];
      count += 1;
      button.id = button.id || "tab-" + count;
      panel.id = panel.id || "tab-" + count + "-panel";
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      panel.tabIndex = 0;
    });
    select(tabs, at);
  }

  // What is chosen in one group is chosen in all of its name.
  function choose(button) {
    var tabs = button.closest(".tabs");
    select(tabs, parts(tabs).buttons.indexOf(button));
    var group = tabs.dataset.group;
    if (!group) return;
    var title = button.textContent.trim();
    var top = button.getBoundingClientRect().top;
    document.querySelectorAll(".tabs[data-group]").forEach(function (other) {
      if (other === tabs || other.dataset.group !== group) return;
      var at = parts(other).buttons.findIndex(function (button) { return button.textContent.trim() === title; });
      if (at >= 0) select(other, at);
    });
    // What changes above must not move what the reader looks at.
    scrollBy({ top: button.getBoundingClientRect().top - top, behavior: "instant" });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest(".tab-list > button");
    if (button) choose(button);
  });
  document.addEventListener("keydown", function (event) {
    var button = event.target.closest && event.target.closest(".tab-list > button");
    if (!button || event.altKey || event.ctrlKey || event.metaKey) return;
    var buttons = Array.from(button.parentNode.children);
    var at = buttons.indexOf(button);
    var to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    var next = buttons[(to + buttons.length) % buttons.length];
    choose(next);
    next.focus();
  });

  // ---------------------------------------------------------------- sections that a link leads into

  function reveal() {
    var target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (e) { return; }
    var opened = false;
    for (var node = target; node; node = node.parentElement) {
      if (node.localName === "details" && !node.open) opened = node.open = true;
      if (node.classList.contains("tab") && node.hidden) {
        var tabs = node.closest(".tabs");
        select(tabs, parts(tabs).panels.indexOf(node));
        opened = true;
      }
    }
    if (opened) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    // A link to where one is already changes no address.
    var link = event.target.closest && event.target.closest("a[href*='#']");
    if (link && link.href === location.href) setTimeout(reveal);
  });

  // On paper everything is open.
  var closed = [];
  addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll(".prose details:not(.source):not([open])"));
    closed.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () {
    closed.forEach(function (details) { details.open = false; });
    closed = [];
  });

  // ---------------------------------------------------------------- videos

  function play() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    document.querySelectorAll("video[data-autoplay]").forEach(function (video) {
      if (!video.paused || video.dataset.begun) return;
      video.dataset.begun = "yes";
      video.muted = true;
      var playing = video.play();
      if (playing) playing.catch(function () { /* the browser says no */ });
    });
  }

  function all() {
    document.querySelectorAll(".tabs").forEach(ready);
    play();
  }
  all();
  reveal();
  // The page may be changed in place while its author works on it.
  var waiting = false;
  new MutationObserver(function () {
    if (waiting) return;
    waiting = true;
    setTimeout(function () { waiting = false; all(); });
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["hidden"] });
})();
