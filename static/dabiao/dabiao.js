// The colour scheme that a person chose, kept in their own browser; choices that take effect at once; "/" to search.
"use strict";
(() => {
  const kept = () => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } };
  const wear = (theme) => { document.documentElement.style.colorScheme = theme || "light dark"; };
  wear(kept());
  const show = () => { for (const input of document.querySelectorAll("input[name=theme]")) input.checked = input.value === kept(); };
  show();
  document.addEventListener("htmx:afterSwap", show);
  document.addEventListener("change", (event) => {
    if (event.target.name !== "theme") return;
    wear(event.target.value);
    try { localStorage.setItem("theme", event.target.value); } catch { /* private window: it holds for this page */ }
    document.dispatchEvent(new Event("dabiao:theme"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("dabiao:theme")));

  // A list chosen from takes effect at once; a date when it is whole. The address then says what was chosen.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (!form || (event.target.type === "date" && !event.target.value)) return;
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    form.requestSubmit();
  });

  // ---- search: the elements are looked up each time, for a part of the page may have been drawn anew ----
  const find = () => document.getElementById("find"), hits = () => document.getElementById("hits");
  const shut = () => { hits()?.replaceChildren(); };
  document.addEventListener("keydown", (event) => {
    if (!find()) return;
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { find().focus(); event.preventDefault(); }
    const within = event.target === find() || hits().contains(event.target);
    if (event.key === "Escape" && within) { shut(); find().focus(); }
    const links = [...hits().querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!links.length || !within || !step) return;
    const at = links.indexOf(document.activeElement) + step;
    (at < 0 ? find() : links[Math.min(at, links.length - 1)]).focus();
    event.preventDefault();
  });
  document.addEventListener("focusin", (event) => { if (!event.target.closest("search")) shut(); });
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest("search")) shut(); });
})();
