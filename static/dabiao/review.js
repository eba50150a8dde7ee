// The review of a plan: one draft is current; its span and its row carry the accent. Keys press the buttons that they name.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const spans = (id) => document.querySelectorAll(`#review mark[data-ids~="${id}"]`);
  const kept = { text: null };

  const current = () => document.querySelector("#review tbody.on");

  const stand = (row, { scroll = true } = {}) => {
    if (!row) return;
    for (const other of document.querySelectorAll("#review tbody.on, #review mark.on")) other.classList.remove("on");
    row.classList.add("on");
    at("review").dataset.current = row.dataset.draft;
    const found = spans(row.dataset.draft);
    for (const span of found) span.classList.add("on");
    if (!scroll) return;
    const fold = row.closest("details");
    if (fold) fold.open = true;
    row.scrollIntoView({ block: "nearest" });
    const text = document.querySelector("#review .reads");
    if (found.length && text) {
      const there = found[0].getBoundingClientRect(), frame = text.getBoundingClientRect();
      if (there.top < frame.top + 40 || there.bottom > frame.bottom - 20) text.scrollTop += there.top - frame.top - frame.height / 3;
    }
  };

  const step = (by) => {
    const rows = [...document.querySelectorAll("#review tbody[data-draft]")].filter((row) => row.offsetParent !== null);
    const place = rows.indexOf(current());
    stand(rows[Math.min(rows.length - 1, Math.max(0, place + by))]);
  };

  // Offsets count characters as the server does, not UTF-16 units.
  const offset = (node, place) => {
    const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-start]");
    if (!piece) return null;
    const before = piece.firstChild === node ? node.data.slice(0, place) : "";
    return Number(piece.dataset.start) + [...before].length;
  };

  const selected = () => {
    const selection = getSelection();
    const text = document.querySelector("#review .reads");
    const button = document.querySelector("#review [data-add]");
    if (!button || !text) return;
    const inside = selection.rangeCount && !selection.isCollapsed && text.contains(selection.anchorNode) && text.contains(selection.focusNode);
    const range = inside ? selection.getRangeAt(0) : null;
    const start = range && offset(range.startContainer, range.startOffset);
    const end = range && offset(range.endContainer, range.endOffset);
    button.disabled = !(range && start !== null && end !== null && end > start);
    if (button.disabled) return;
    button.form.elements.start.value = start;
    button.form.elements.end.value = end;
  };

  const point = (event, on) => {
    const row = event.target.closest && event.target.closest("#review tbody[data-draft]");
    const span = event.target.closest && event.target.closest("#review mark[data-ids]");
    if (row) for (const one of spans(row.dataset.draft)) one.classList.toggle("over", on);
    if (span) for (const id of span.dataset.ids.split(" ")) at(`d${id}`)?.classList.toggle("over", on);
  };

  document.addEventListener("pointerover", (event) => point(event, true));
  document.addEventListener("pointerout", (event) => point(event, false));
  document.addEventListener("selectionchange", selected);
  document.addEventListener("click", (event) => {
    if (event.target.closest("button, a, input, select, textarea, label")) return;
    const row = event.target.closest("#review tbody[data-draft]");
    const span = event.target.closest("#review mark[data-ids]");
    if (row) stand(row);
    else if (span && getSelection().isCollapsed) stand(at(`d${span.dataset.first}`));
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !at("review")) return;
    const typing = event.target.closest("input, select, textarea");
    if (typing && event.key !== "Escape") return;
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const named = key === "a" ? document.querySelector("#review [data-add]:not([disabled])") : current()?.querySelector(`[data-key="${key}"]`);
    if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
    else if (named) named.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", () => { kept.text = document.querySelector("#review .reads")?.scrollTop ?? null; });
  document.addEventListener("htmx:afterSwap", () => {
    const text = document.querySelector("#review .reads");
    if (text && kept.text !== null) text.scrollTop = kept.text;
    open();
  });

  const open = () => {
    const review = at("review");
    if (!review) return;
    stand(at(`d${review.dataset.current}`));
    const form = review.querySelector("form.correct");
    form?.querySelector("input:not([type=hidden]), select")?.focus();
  };
  open();
})();
