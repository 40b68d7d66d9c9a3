// Follows the site while its author works on it: changed parts of the page are exchanged in place, mistakes are shown over
// the last good page, and figures that are being computed are marked. The server adds this file to each page as its last
// element, so that what it finds is the page as it was sent. All of it is made by DOM calls: a policy that forbids inline
// scripts and styles forbids nothing here.
(function () {
  "use strict";
  const script = document.currentScript;
  const base = new URL(".", script.src).pathname;
  const root = document.documentElement;
  const waiting = script.hasAttribute("data-waiting");
  // What scripts and readers have done to the page is no part of its source: changes are found by comparing sources.
  let source = tidy(document.cloneNode(true));
  let version = script.dataset.version;
  let missing = (performance.getEntriesByType("navigation")[0] || {}).responseStatus === 404;

  function isOurs(node) {
    return node.nodeType === 1 && (node.getAttribute("src") || node.getAttribute("href") || "").startsWith(base);
  }

  // A page without what the server has added, and without what depends on who parses it.
  function tidy(page) {
    for (const node of page.querySelectorAll("link, script")) if (isOurs(node)) node.remove();
    for (const node of page.querySelectorAll("noscript")) node.textContent = "";
    let last = page.body.lastChild;
    while (last && last.nodeType === 3 && !last.data.trim()) {
      last.remove();
      last = page.body.lastChild;
    }
    if (last && last.nodeType === 3) last.data = last.data.trimEnd();
    return page;
  }

  // ---------------------------------------------------------------- the page

  // The path of an address in the site, as the server tells it; nothing for other sites.
  function file(address) {
    let url;
    try { url = new URL(address, location.href); } catch (e) { return null; }
    if (url.origin !== location.origin) return null;
    let path = url.pathname.slice(1);
    try { path = decodeURIComponent(path); } catch (e) { /* as it is */ }
    return path === "" || path.endsWith("/") ? path + "index.html" : path;
  }
  const here = file(location.href);

  function reload() {
    try { sessionStorage.setItem("theoria-scroll", JSON.stringify([location.href, scrollX, scrollY])); } catch (e) { /* at its start */ }
    location.reload();
    // Nothing else is to happen to this page.
    return new Promise(function () {});
  }
  try {
    const [href, x, y] = JSON.parse(sessionStorage.getItem("theoria-scroll")) || [];
    sessionStorage.removeItem("theoria-scroll");
    if (href === location.href) scrollTo({ left: x, top: y, behavior: "instant" });
  } catch (e) { /* storage is off */ }

  // Scripts and styles of a page: with others, it is another page. Data about the page are no script.
  function skeleton(page) {
    const parts = page.querySelectorAll("script:not([type$='json']), style, link[rel~=stylesheet]");
    return Array.from(parts, (part) => part.outerHTML).join("\n");
  }

  // Addresses of files that changed since the page was loaded carry a number, so that no cache answers for them.
  const numbers = new Map();
  function numbered(address) {
    const path = file(address);
    if (path === null || !numbers.has(path)) return address;
    const [plain, hash] = address.split("#");
    const clean = plain.replace(/[?&]theoria=\d+$/, "");
    return clean + (clean.includes("?") ? "&" : "?") + "theoria=" + numbers.get(path) + (hash === undefined ? "" : "#" + hash);
  }
  function renumber(page) {
    for (const node of page.querySelectorAll("[src], object[data], image[href], link[rel~=stylesheet]")) {
      const name = ["src", "data", "href"].find((name) => node.hasAttribute(name));
      const value = node.getAttribute(name);
      if (page === document && (node.localName === "link" || node.localName === "script")) continue;
      if (numbered(value) !== value) node.setAttribute(name, numbered(value));
    }
  }

  // Loads a style sheet anew; the old one is there until the new one is.
  function restyle(link) {
    const next = link.cloneNode();
    next.href = numbered(link.getAttribute("href"));
    return new Promise(function (done) {
      next.addEventListener("load", function () { link.remove(); done(); });
      next.addEventListener("error", function () { next.remove(); done(); });
      link.after(next);
    });
  }

  function restyleFor(changed) {
    const links = Array.from(document.querySelectorAll("head link[rel~=stylesheet]")).filter((link) => file(link.href) !== null);
    const own = links.filter((link) => changed.includes(file(link.href)));
    // What no page names is loaded by a style sheet: by which one is not known here.
    const deep = changed.some((path) => /\.(css|woff2?|ttf|otf)$/.test(path) && !own.some((link) => file(link.href) === path));
    const stale = deep ? links : own;
    for (const link of stale) numbers.set(file(link.href), number);
    return Promise.all(stale.map(restyle));
  }

  let number = 0;
  async function update(changed) {
    // After a new start of the program, or too many changes, nothing is known of what changed.
    if (waiting || changed === null) return reload();
    const scripts = Array.from(document.scripts).filter((script) => script.src && !isOurs(script));
    if (scripts.some((script) => changed.includes(file(script.src)))) return reload();
    const files = changed.filter((path) => !/\.html?$/.test(path));
    number += 1;
    for (const path of files) numbers.set(path, number);
    await restyleFor(files);
    renumber(document);
    renumber(source);
    if ([here, here + "/index.html", "404.html"].some((path) => changed.includes(path))) await exchange();
  }

  async function exchange() {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.redirected) return reload();
    if (answer.status === 404 && !missing) return note("gone", "This page is no longer part of the site.");
    if (!answer.ok && answer.status !== 404) throw new Error(answer.statusText);
    missing = answer.status === 404;
    note("gone", "");
    const page = tidy(new DOMParser().parseFromString(await answer.text(), "text/html"));
    renumber(page);
    if (skeleton(page) !== skeleton(source)) return reload();
    const settle = hold();
    if (!morph(document.body, source.body, page.body)) return reload();
    settle();
    if (page.title !== source.title) document.title = page.title;
    source = page;
    mark();
  }

  // ---------------------------------------------------------------- exchanging what differs

  // What is drawn as one is exchanged as one.
  const WHOLE = "svg, math, .katex, template, style, iframe, video, audio, object";

  // Makes of `live`, which came from `old`, what `now` says. False if a script has rebuilt it, so that it cannot be told
  // what came from where.
  function morph(live, old, now) {
    if (live.nodeType !== 1) {
      if (live.data !== now.data) live.data = now.data;
      return true;
    }
    for (const { name, value } of old.attributes) {
      if (!now.hasAttribute(name)) live.removeAttribute(name);
      else if (now.getAttribute(name) !== value) live.setAttributeNode(now.getAttributeNode(name).cloneNode());
    }
    for (const attribute of now.attributes) {
      if (!old.hasAttribute(attribute.name)) live.setAttributeNode(attribute.cloneNode());
    }
    const [olds, nows] = [Array.from(old.childNodes), Array.from(now.childNodes)];
    // Scripts may add to the end of the body, and anywhere what says of itself that it was added.
    const lives = Array.from(live.childNodes).filter((node) => node.nodeType !== 1 || !node.hasAttribute("data-added"));
    const fits = live === document.body ? lives.length >= olds.length : lives.length === olds.length;
    if (!fits || !olds.every((node, at) => lives[at].nodeName === node.nodeName)) return false;
    const pairs = align(olds, nows);
    const kept = new Set(pairs);
    // From the end, so that the node after the next one is always in its place.
    let after = lives[olds.length] || null;
    for (let at = nows.length - 1; at >= 0; at--) {
      const from = pairs[at];
      let node = from === undefined ? null : lives[from];
      if (node && !olds[from].isEqualNode(nows[at])) {
        if (node.nodeType === 1 && node.matches(WHOLE)) {
          node.replaceWith((node = document.importNode(nows[at], true)));
        } else if (!morph(node, olds[from], nows[at])) {
          return false;
        }
      } else if (!node) {
        live.insertBefore((node = document.importNode(nows[at], true)), after);
      }
      after = node;
    }
    olds.forEach(function (_, at) { if (!kept.has(at)) lives[at].remove(); });
    return true;
  }

  // For each new child the old one that it comes from, if any; their order is the same.
  function align(olds, nows) {
    const pairs = [];
    let start = 0;
    while (start < olds.length && start < nows.length && olds[start].isEqualNode(nows[start])) {
      pairs[start] = start;
      start += 1;
    }
    let [oldEnd, nowEnd] = [olds.length, nows.length];
    while (oldEnd > start && nowEnd > start && olds[oldEnd - 1].isEqualNode(nows[nowEnd - 1])) pairs[--nowEnd] = --oldEnd;
    const rows = common(olds.slice(start, oldEnd), nows.slice(start, nowEnd));
    let [from, to] = [start, start];
    for (const [old, now] of [...rows.map(([old, now]) => [old + start, now + start]), [oldEnd, nowEnd]]) {
      // Between two that stayed: what is alike has changed, the rest is new or gone.
      for (; to < now; to++) {
        const alike = (node) => node.nodeName === nows[to].nodeName && node.id === nows[to].id;
        const found = olds.slice(from, old).findIndex(alike);
        if (found >= 0) {
          pairs[to] = from + found;
          from += found + 1;
        }
      }
      if (now < nowEnd) pairs[now] = old;
      [from, to] = [old + 1, now + 1];
    }
    return pairs;
  }

  // The longest common subsequence, as pairs of places.
  function common(olds, nows) {
    if (olds.length * nows.length > 250000) return [];
    const [a, b] = [olds, nows].map((nodes) => nodes.map((node) => node.outerHTML || node.nodeName + node.data));
    const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
      }
    }
    const pairs = [];
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] === b[j]) pairs.push([i++, j++]);
      else if (length[i + 1][j] >= length[i][j + 1]) i++;
      else j++;
    }
    return pairs;
  }

  // What is read stays where it is: remembers what is in view and returns what brings it back there.
  function hold() {
    const seen = [];
    const rides = (node) => ["fixed", "sticky"].includes(getComputedStyle(node).position);
    for (let y = 2; y < innerHeight && scrollY > 0; y += 20) {
      const node = document.elementFromPoint(innerWidth / 2, y);
      if (!node || node === root || node === document.body || node === host) continue;
      const top = node.getBoundingClientRect().top;
      let fixed = false;
      for (let up = node; up && !fixed; up = up.parentElement) fixed = rides(up);
      // One that begins above may be what everything is in.
      if (!fixed && top >= 0) seen.push([node, top]);
    }
    root.style.overflowAnchor = "none";
    return function () {
      const stayed = seen.find(([node]) => node.isConnected);
      if (stayed) scrollBy({ top: stayed[0].getBoundingClientRect().top - stayed[1], behavior: "instant" });
      requestAnimationFrame(() => requestAnimationFrame(function () {
        root.style.overflowAnchor = "";
        if (!root.getAttribute("style")) root.removeAttribute("style");
      }));
    };
  }

  // ---------------------------------------------------------------- what is being computed

  let cells = [];
  const marked = new Map();

  function mark() {
    const now = new Map();
    for (const cell of cells) {
      const node = cell.page === here && document.getElementById(cell.label);
      if (node) now.set(node.closest("figure") || node, cell);
    }
    for (const node of marked.keys()) if (!now.has(node)) unmark(node);
    for (const [node, cell] of now) {
      node.classList.add("theoria-running");
      node.setAttribute("aria-busy", "true");
      node.classList.toggle("theoria-unknown", !cell.expected);
      // The same values again, or the bar would begin again.
      let bar = marked.get(node);
      if (!bar || bar.begun !== cell.begun) {
        const spent = (performance.now() - cell.begun) / 1000;
        const [from, left] = [Math.min(95, 100 * spent / cell.expected), Math.max(1, cell.expected - spent)];
        bar = { begun: cell.begun, from: from + "%", left: left + "s" };
        marked.set(node, bar);
      }
      if (!cell.expected) continue;
      node.style.setProperty("--theoria-from", bar.from);
      node.style.setProperty("--theoria-left", bar.left);
    }
    const list = waiting && document.getElementById("theoria-cells");
    if (list) list.replaceChildren(...cells.map((cell) => make("li", "", cell.label)));
  }

  function unmark(node) {
    marked.delete(node);
    node.classList.remove("theoria-running", "theoria-unknown");
    node.removeAttribute("aria-busy");
    node.style.removeProperty("--theoria-from");
    node.style.removeProperty("--theoria-left");
    for (const name of ["style", "class"]) if (node.getAttribute(name) === "") node.removeAttribute(name);
  }

  function running(told) {
    const before = new Map(cells.map((cell) => [cell.label, cell]));
    cells = told.map(function (cell) {
      const begun = performance.now() - 1000 * cell.seconds;
      const known = before.get(cell.label);
      const same = known && known.expected === cell.expected && Math.abs(known.begun - begun) < 500;
      return same ? known : { ...cell, begun };
    });
    mark();
  }

  // ---------------------------------------------------------------- what is wrong

  function make(name, kind, text) {
    const node = document.createElement(name);
    if (kind) node.className = kind;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // Apart from the page: neither sees the styles of the other.
  const host = make("theoria-live");
  const shadow = host.attachShadow({ mode: "open" });
  const style = make("link");
  style.rel = "stylesheet";
  style.href = base + "live.css";
  const frame = make("div", "tl-frame");
  frame.hidden = true;
  style.addEventListener("load", function () { frame.hidden = false; });
  shadow.append(style, frame);

  const panel = make("section", "tl-panel");
  panel.setAttribute("aria-label", "Mistakes");
  panel.hidden = true;
  const button = make("button", "tl-head");
  button.type = "button";
  button.setAttribute("aria-controls", "tl-list");
  const said = make("span", "tl-said");
  said.setAttribute("role", "alert");
  button.append(said, make("span", "tl-turn"));
  const list = make("ol", "tl-list");
  list.id = "tl-list";
  // Scrolled by keys as well.
  list.tabIndex = 0;
  list.setAttribute("aria-label", "Mistakes in the source of the site");
  panel.append(button, list);
  frame.append(panel);
  root.append(host);

  let open = null;
  function unfold(want) {
    open = want;
    list.hidden = !want;
    button.setAttribute("aria-expanded", String(want));
  }
  button.addEventListener("click", function () {
    unfold(list.hidden);
    try { sessionStorage.setItem("theoria-panel", open ? "open" : "closed"); } catch (e) { /* for this page only */ }
  });
  panel.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || list.hidden) return;
    button.focus();
    button.click();
  });

  function one(wrong) {
    const item = make("li", wrong.severity === "error" ? "tl-error" : "tl-warning");
    const text = make("p", "tl-text");
    text.append(make("strong", "", wrong.severity + ": "), wrong.text);
    const place = make("p", "tl-place");
    const where = make(wrong.link ? "a" : "span", "", wrong.place);
    if (wrong.link) where.href = wrong.link;
    place.append(where, " ", make("code", "", wrong.code));
    item.append(text, place);
    if (wrong.excerpt) item.append(make("pre", "", wrong.excerpt));
    for (const note of wrong.notes || []) item.append(make("p", "tl-help", note));
    if (wrong.help) {
      const help = make("p", "tl-help");
      help.append(make("strong", "", "help: "), wrong.help);
      item.append(help);
    }
    return item;
  }

  function mistakes(wrong) {
    const errors = wrong.filter((one) => one.severity === "error").length;
    const count = (number, word) => (number ? [number + " " + word + (number === 1 ? "" : "s")] : []);
    said.textContent = [...count(errors, "mistake"), ...count(wrong.length - errors, "warning")].join(", ");
    panel.classList.toggle("tl-calm", errors === 0);
    const top = list.scrollTop;
    list.replaceChildren(...wrong.map(one));
    panel.hidden = wrong.length === 0;
    let wish = null;
    try {
      // When all is mended, the choice is forgotten.
      if (panel.hidden) sessionStorage.removeItem("theoria-panel");
      wish = sessionStorage.getItem("theoria-panel");
    } catch (e) { wish = open === null ? null : open ? "open" : "closed"; }
    if (panel.hidden) open = null;
    else unfold(wish === null ? errors > 0 : wish === "open");
    list.scrollTop = top;
  }

  const notes = new Map();
  function note(name, text) {
    if (notes.has(name)) notes.get(name).remove();
    notes.delete(name);
    if (!text) return;
    const node = make("p", "tl-note", text);
    node.setAttribute("role", "status");
    notes.set(name, node);
    frame.prepend(node);
  }

  // ---------------------------------------------------------------- the connection

  let stream = null;
  let retry = 0;
  let grief = 0;
  let pending = null;
  let busy = false;

  function disconnect() {
    if (stream) stream.close();
    stream = null;
    clearTimeout(retry);
  }

  function lost() {
    disconnect();
    // A short break is nobody's business.
    if (!grief) grief = setTimeout(() => note("lost", "Theoria has ended. This page follows it again when it is back."), 1200);
    retry = setTimeout(connect, 500);
  }

  function connect() {
    disconnect();
    // A browser has few connections to one server: pages that nobody sees leave theirs to others.
    if (document.hidden) return;
    stream = new EventSource(base + "events?since=" + version);
    stream.addEventListener("open", function () {
      clearTimeout(grief);
      grief = 0;
      note("lost", "");
    });
    stream.addEventListener("error", lost);
    stream.addEventListener("end", lost);
    const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
    on("mistakes", mistakes);
    on("running", running);
    on("site", site);
  }

  // One change after the other; those that come meanwhile are one.
  async function site(told) {
    if (pending && pending.changed && told.changed) told.changed.push(...pending.changed);
    else if (pending) told.changed = null;
    pending = told;
    if (busy) return;
    busy = true;
    try {
      while (pending) {
        const next = pending;
        pending = null;
        await update(next.changed);
        version = next.version;
      }
    } catch (error) {
      // The server went away meanwhile: it tells all of it again.
      pending = null;
      if (stream) lost();
    } finally {
      busy = false;
    }
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && connect());
  connect();
})();
