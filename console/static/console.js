/* The console's script: keys, live pages, previews while a form is filled in, and one sending per form.
   Every page works without it; nothing here decides anything. */
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

  /* Rows: j and k */
  let at = -1;
  const rows = () => all("[data-row]");
  const stand = (index) => {
    const found = rows();
    if (!found.length) return;
    at = Math.max(0, Math.min(found.length - 1, index));
    found.forEach((row, n) => row.classList.toggle("here", n === at));
    found[at].scrollIntoView({ block: "nearest" });
    const link = one("[data-open]", found[at]);
    if (link) link.focus({ preventScroll: true });
  };
  const here = () => rows()[at];

  /* g and a letter goes to a page */
  let going = false;
  const goTo = (key) => {
    const link = all("[data-go]").find((a) => a.dataset.go === key);
    if (link) link.click();
  };

  const keys = {
    j: () => stand(at + 1),
    k: () => stand(at - 1),
    o: () => { const row = here(); if (row && row.dataset.order) location.assign(row.dataset.order); },
    u: () => { const back = one("[data-back]"); if (back) back.click(); else history.back(); },
    "/": () => { const find = one("#q") || one("[data-find]"); if (find) { find.focus(); find.select(); } },
    "?": () => { const help = one("[data-keys]"); if (help && !help.open) help.showModal(); },
    Enter: () => { const row = here(); const link = row && one("[data-open]", row); if (link) link.click(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target) || one("dialog[open]")) return;
    if (going) {
      going = false;
      document.body.classList.remove("going");
      event.preventDefault();
      goTo(event.key);
      return;
    }
    if (event.key === "g") {
      going = true;
      document.body.classList.add("going");
      setTimeout(() => { going = false; document.body.classList.remove("going"); }, 1500);
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  const help = one("[data-help]");
  if (help) { help.hidden = false; help.addEventListener("click", keys["?"]); }

  /* Parts of a page, replaced by those of the same page fetched anew */
  const swap = (html, names) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    for (const old of all("[data-part]")) {
      if (names && !names.includes(old.dataset.part)) continue;
      const found = one(`[data-part="${old.dataset.part}"]`, fresh);
      if (found && !(names === null && old.contains(document.activeElement) && typing(document.activeElement))) {
        old.replaceWith(document.adoptNode(found));
      }
    }
  };

  /* Live: the server says that something changed; the page fetches itself */
  const live = one("[data-live]");
  if (live && "EventSource" in window) {
    let known = null;
    const source = new EventSource(`/console/live?of=${encodeURIComponent(live.dataset.live)}`);
    source.addEventListener("now", async (event) => {
      if (known !== null && known !== event.data) {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.ok && !answer.redirected) { swap(await answer.text(), null); if (at >= 0) stand(at); }
      }
      known = event.data;
    });
    addEventListener("pagehide", () => source.close());
  }

  /* A form that previews shows what it would do as it is filled in */
  const form = one("[data-act]");
  if (form) {
    let timer = 0;
    let turn = 0;
    const preview = async () => {
      const mine = ++turn;
      const body = new URLSearchParams(new FormData(form));
      body.set("step", "preview");
      const answer = await fetch(form.action, { method: "POST", body });
      const html = await answer.text();
      if (mine === turn) swap(html, ["preview"]);
    };
    form.addEventListener("input", () => {
      const part = one('[data-part="preview"]', form);
      if (part) part.classList.add("stale");
      clearTimeout(timer);
      timer = setTimeout(preview, 250);
    });
    /* Enter in a field looks first where nothing can be done yet; the button does it */
    form.addEventListener("submit", () => { turn += 1; clearTimeout(timer); });
  }

  /* One sending per form: the server answers a second one with the first one's answer; this only spares the trip */
  for (const sent of all("form[method=post]")) {
    sent.addEventListener("submit", (event) => {
      if (sent.dataset.sent) { event.preventDefault(); return; }
      sent.dataset.sent = "yes";
      const button = event.submitter;
      if (button) setTimeout(() => { button.disabled = true; });
    });
  }
  addEventListener("pageshow", () => {
    for (const sent of all("form[data-sent]")) {
      delete sent.dataset.sent;
      for (const button of all("button[disabled]", sent)) button.disabled = false;
    }
  });
})();
