// What a page loads from other sites, and only where theoria.yaml asks for it: comments, and who counts the visits.
(function () {
  "use strict";
  var root = document.documentElement;
  var giscus = "https://giscus.app";
  var about = document.currentScript ? document.currentScript.dataset : {};

  function load(parent, src, attributes) {
    var script = document.createElement("script");
    script.src = src;
    script.async = true;
    Object.keys(attributes || {}).forEach(function (name) { script.setAttribute(name, attributes[name]); });
    parent.append(script);
  }

  function theme() {
    var chosen = root.getAttribute("data-theme");
    return chosen || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  }

  function comments() {
    var place = document.querySelector(".comments[data-repo]");
    if (!place || place.firstElementChild) return;
    load(place, giscus + "/client.js", {
      "data-repo": place.dataset.repo, "data-repo-id": place.dataset.repoId, "data-category": place.dataset.category,
      "data-category-id": place.dataset.categoryId, "data-mapping": place.dataset.mapping || "pathname",
      "data-lang": place.dataset.lang || root.lang || "en", "data-strict": "1", "data-reactions-enabled": "1",
      "data-emit-metadata": "0", "data-input-position": "bottom", "data-loading": "lazy", "data-theme": theme(),
      crossorigin: "anonymous"
    });
  }

  function recolour() {
    var frame = document.querySelector("iframe.giscus-frame");
    if (frame) frame.contentWindow.postMessage({ giscus: { setConfig: { theme: theme() } } }, giscus);
  }

  function count() {
    if (about.plausible) load(document.head, "https://plausible.io/js/script.js", { "data-domain": about.plausible });
    if (about.goatcounter) {
      var to = about.goatcounter.indexOf("://") > 0 ? about.goatcounter : "https://" + about.goatcounter + ".goatcounter.com/count";
      load(document.head, "https://gc.zgo.at/count.js", { "data-goatcounter": to });
    }
    if (about.umami) {
      load(document.head, about.umamiScript || "https://cloud.umami.is/script.js", { "data-website-id": about.umami });
    }
    if (about.google) {
      window.dataLayer = window.dataLayer || [];
      var tag = function () { window.dataLayer.push(arguments); };
      tag("js", new Date());
      tag("config", about.google);
      load(document.head, "https://www.googletagmanager.com/gtag/js?id=" + encodeURIComponent(about.google));
    }
    if (about.script) load(document.head, about.script);
  }

  comments();
  count();
  new MutationObserver(recolour).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
})();
