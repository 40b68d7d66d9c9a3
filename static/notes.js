// Popovers: a note, what the signs of a formula mean, or what a reference leads to, shown beside what is pointed at.
// All of it stands on this page or on another of the site: without this file every link still leads there.
(function () {
  "use strict";
  var TRIGGERS = "a[role~='doc-noteref'], a.ref, a.cite, .tipped";
  var HEADINGS = "h1, h2, h3, h4, h5, h6";
  // What belongs to the page and not to a glance at it.
  var NEEDLESS = ".anchor, .back, .tip, .cell-foot, .source, .downloads, .side-switch, .sidenote, script, noscript, iframe";
  var OPEN = 140, CLOSE = 240, KEPT = 60000;
  var box = null, owner = null, wanted = null, dismissed = null, timer = 0, pointer = "";
  var pages = new Map();

  document.documentElement.setAttribute("data-notes", "");

  function triggerOf(node) {
    var found = node instanceof Element ? node.closest(TRIGGERS) : null;
    return found && !(box && box.contains(found)) ? found : null;
  }
  function isNote(trigger) { return trigger.matches("[role~='doc-noteref']"); }

  // ---------------------------------------------------------------- what is shown

  function content(trigger) {
    if (trigger.matches(".tipped")) {
      var tip = trigger.querySelector(":scope > .tip");
      return Promise.resolve(tip && cleaned(Array.from(tip.childNodes), document, true, "popover-terms"));
    }
    var url;
    try { url = new URL(trigger.href); } catch (e) { return Promise.resolve(null); }
    if (url.origin !== location.origin) return Promise.resolve(null);
    var here = url.pathname === location.pathname && url.search === location.search;
    return (here ? Promise.resolve(document) : page(url)).then(function (source) {
      var nodes = source && excerpt(source, url.hash);
      if (!nodes) return null;
      // A thing that is read already needs no glance at it.
      if (here && nodes.some(function (node) { return node.contains(trigger); })) return null;
      return cleaned(nodes, source, isNote(trigger), "prose", here ? null : url);
    });
  }

  function page(url) {
    var key = url.pathname + url.search;
    var known = pages.get(key);
    if (known && Date.now() - known.at < KEPT) return known.page;
    var fetched = fetch(key, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || !/html/.test(answer.headers.get("content-type") || "")) throw new Error("no page");
      return answer.text();
    }).then(function (text) {
      return new DOMParser().parseFromString(text, "text/html");
    }).catch(function () {
      pages.delete(key);
      return null;
    });
    pages.set(key, { at: Date.now(), page: fetched });
    return fetched;
  }

  function excerpt(source, hash) {
    if (hash.length < 2) {
      var whole = [source.querySelector("main h1"), source.querySelector("main .subtitle"), source.querySelector("main .prose > p")];
      return whole.filter(Boolean);
    }
    var id = hash.slice(1);
    try { id = decodeURIComponent(id); } catch (e) { /* as it is written */ }
    var found = source.getElementById(id);
    if (!found) return null;
    var heading = found.matches("section, summary") ? found.querySelector(HEADINGS) || found : found;
    if (heading.matches(HEADINGS + ", summary")) {
      var next = (heading.matches("summary > *") ? heading.parentElement : heading).nextElementSibling;
      return next && !next.matches(HEADINGS) ? [heading, next] : [heading];
    }
    if (found.matches(".footnotes > ol > li")) return Array.from(found.childNodes);
    var block = "figure, table, div, aside, section, article, details, blockquote, p, li, tr, dd, dt, pre";
    return [found.closest(block) || found];
  }

  // A copy that can stand beside the original: no id twice, no link or picture that would be looked for in the wrong place.
  function cleaned(nodes, source, isNote, name, base) {
    var out = document.createElement("div");
    out.className = name;
    nodes.forEach(function (node) { out.appendChild(document.importNode(node, true)); });
    out.querySelectorAll(isNote ? NEEDLESS : NEEDLESS + ", .footnote-ref").forEach(function (node) { node.remove(); });
    out.querySelectorAll("*").forEach(function (node) {
      ["id", "for", "tabindex", "aria-labelledby", "aria-describedby", "aria-controls"].forEach(function (attribute) {
        node.removeAttribute(attribute);
      });
      if (node.classList.contains("tipped")) node.classList.remove("tipped");
      if (!base) return;
      ["href", "src", "poster"].forEach(function (attribute) {
        var to = node.getAttribute(attribute);
        if (!to || (node instanceof SVGElement && to[0] === "#")) return;
        try { node.setAttribute(attribute, new URL(to, base).href); } catch (e) { /* as it is written */ }
      });
      node.removeAttribute("srcset");
    });
    return out.textContent.trim() || out.querySelector("img, svg") ? out : null;
  }

  // ---------------------------------------------------------------- where and when

  function open(trigger) {
    clearTimeout(timer);
    wanted = trigger;
    content(trigger).then(function (shown) {
      if (wanted !== trigger || !shown || !trigger.isConnected) return;
      if (owner && owner !== trigger) release();
      if (!box || !box.isConnected) {
        box = document.createElement("div");
        box.className = "popover";
        box.id = "theoria-popover";
        box.setAttribute("role", "tooltip");
        document.body.appendChild(box);
      }
      box.replaceChildren(shown);
      box.hidden = false;
      owner = trigger;
      // A formula is described by its own tip.
      if (!trigger.hasAttribute("aria-describedby")) trigger.setAttribute("aria-describedby", box.id);
      place(trigger);
    });
  }

  function place(trigger) {
    var edge = 12, gap = 8;
    var rects = trigger.matches(".display") ? [trigger.getBoundingClientRect()] : trigger.getClientRects();
    var rect = rects[0] || trigger.getBoundingClientRect();
    box.style.left = "0px";
    box.style.top = "0px";
    var wide = document.documentElement.clientWidth, high = window.innerHeight;
    var width = box.offsetWidth, height = box.offsetHeight;
    var middle = rect.left + rect.width / 2;
    var left = Math.max(edge, Math.min(middle - width / 2, wide - width - edge));
    var last = rects[rects.length - 1] || rect;
    var below = last.bottom + gap;
    var above = rect.top - gap - height;
    var top = below + height > high - edge && above > edge ? above : below;
    box.style.left = Math.round(left + window.scrollX) + "px";
    box.style.top = Math.round(top + window.scrollY) + "px";
  }

  function release() {
    if (owner && box && owner.getAttribute("aria-describedby") === box.id) owner.removeAttribute("aria-describedby");
    owner = null;
  }

  function close() {
    clearTimeout(timer);
    wanted = null;
    release();
    if (box) {
      box.hidden = true;
      box.replaceChildren();
    }
  }

  function later(wait, what) {
    clearTimeout(timer);
    timer = setTimeout(what, wait);
  }

  document.addEventListener("pointerover", function (event) {
    if (event.pointerType === "touch") return;
    if (box && !box.hidden && (!owner || !owner.isConnected)) close();
    var trigger = triggerOf(event.target);
    if (trigger !== dismissed) dismissed = null;
    if (trigger && trigger === dismissed) return;
    if (box && box.contains(event.target)) return clearTimeout(timer);
    if (trigger && trigger === owner) return clearTimeout(timer);
    if (trigger) return later(OPEN, function () { open(trigger); });
    if (owner || wanted) later(CLOSE, function () { if (!owner || document.activeElement !== owner || !owner.matches(":focus-visible")) close(); });
    else clearTimeout(timer);
  });
  document.documentElement.addEventListener("pointerleave", function () { later(CLOSE, close); });

  document.addEventListener("focusin", function (event) {
    var trigger = triggerOf(event.target);
    if (trigger && trigger === event.target && trigger.matches(":focus-visible")) open(trigger);
    else if (owner && !(box && box.contains(event.target))) close();
  });
  document.addEventListener("focusout", function (event) {
    if (event.target === owner && !(box && event.relatedTarget && box.contains(event.relatedTarget))) later(CLOSE, close);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || (!owner && !wanted)) return;
    dismissed = owner;
    close();
  });

  // A finger cannot hover: the first tap on a note or a formula opens it, the next follows it or closes it; references lead on.
  document.addEventListener("pointerdown", function (event) { pointer = event.pointerType; }, true);
  document.addEventListener("click", function (event) {
    var trigger = triggerOf(event.target);
    var inside = box && box.contains(event.target);
    if (pointer === "touch" && trigger && (isNote(trigger) || trigger.matches(".tipped")) && trigger !== owner) {
      if (isNote(trigger)) event.preventDefault();
      return open(trigger);
    }
    if (!inside || event.target.closest("a")) close();
  });
  window.addEventListener("resize", close);
  window.addEventListener("pagehide", close);
})();
