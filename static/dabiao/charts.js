// Draws the figures of a page. Their colours are names of the style sheet's tokens, resolved here, so that one figure
// fits the light and the dark dress.
"use strict";
(() => {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const resolved = (token) => { probe.style.color = token; return getComputedStyle(probe).color; };
  const dressed = (value) => {
    if (typeof value === "string") return value.startsWith("var(--") ? resolved(value) : value;
    if (Array.isArray(value)) return value.map(dressed);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, dressed(v)]));
    return value;
  };
  const config = { displayModeBar: false, responsive: true, locale: document.documentElement.lang === "en" ? "en-US" : "zh-CN" };
  Plotly.register({
    moduleType: "locale", name: "zh-CN", dictionary: {},
    format: {
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"], shortDays: ["日", "一", "二", "三", "四", "五", "六"],
      months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
      shortMonths: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"], date: "%Y-%m-%d",
    },
  });
  const draw = (place) => {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    delete figure.layout.template;
    if (place.clientWidth < 560) {  // labels beside the figure stand below it on a narrow screen
      figure.layout.annotations = (figure.layout.annotations || []).filter((one) => one.name !== "ends");
      if (figure.layout.margin && figure.layout.margin.r > 100) figure.layout.margin.r = 40;
      if (figure.layout.legend) figure.layout.legend = { orientation: "h", y: -0.3 };
    }
    Plotly.react(place, dressed(figure.data), dressed(figure.layout), config);
  };
  const all = () => document.querySelectorAll(".plot").forEach(draw);
  all();
  document.addEventListener("dabiao:theme", all);
})();
