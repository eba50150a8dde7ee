// The colour scheme that a person chose, kept in their own browser.
"use strict";
(() => {
  const kept = (() => { try { return localStorage.getItem("theme") || ""; } catch { return ""; } })();
  const wear = (theme) => { document.documentElement.style.colorScheme = theme || "light dark"; };
  wear(kept);
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.checked = input.value === kept;
    input.addEventListener("change", () => {
      wear(input.value);
      try { localStorage.setItem("theme", input.value); } catch { /* private window: it holds for this page */ }
      document.dispatchEvent(new Event("dabiao:theme"));
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("dabiao:theme")));
})();
