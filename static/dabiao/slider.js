// The slider over the days of a year: the day is named while it moves, the page follows when it is let go.
"use strict";
(() => {
  const form = document.querySelector("form[data-slide]");
  if (!form) return;
  const range = form.querySelector("input[type=range]");
  const day = () => new Date(Date.parse(form.dataset.first + "T00:00:00Z") + range.value * 864e5).toISOString().slice(0, 10);
  range.addEventListener("input", () => {
    form.querySelector("output").textContent = day();
    for (const rule of document.querySelectorAll(".strip-svg .now")) rule.setAttribute("x", range.value);
  });
  range.addEventListener("change", () => { form.elements.as_of.value = day(); form.submit(); });
})();
