// A button on each block of code that copies it. Without this file, or where the browser lends no clipboard, there is none.
(function () {
  "use strict";
  if (!navigator.clipboard || !navigator.clipboard.writeText) return;

  function ready(block) {
    if (block.querySelector(":scope > .copy")) return;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.dataset.added = "";
    button.setAttribute("aria-label", "Copy this code");
    block.append(button);
  }

  // Says what came of it, then what it is for again.
  function say(button, text) {
    button.dataset.said = text;
    button.setAttribute("aria-label", text);
    clearTimeout(button.waiting);
    button.waiting = setTimeout(function () {
      delete button.dataset.said;
      button.setAttribute("aria-label", "Copy this code");
    }, 1600);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("pre > .copy");
    if (!button) return;
    navigator.clipboard.writeText(button.parentNode.querySelector("code").textContent).then(
      function () { say(button, "Copied"); },
      function () { say(button, "Not copied"); }
    );
  });

  function all() {
    document.querySelectorAll("main pre:has(> code)").forEach(ready);
  }
  all();
  // The page may be changed in place while its author works on it.
  new MutationObserver(all).observe(document.body, { childList: true, subtree: true });
})();
