// Draws the figures of a page when they come near the screen; Plotly is fetched for the first of them. Colours are
// names of the style sheet's tokens, resolved here, so that one figure fits the light and the dark dress.
"use strict";
(() => {
  const chinese = document.documentElement.lang !== "en";
  const source = document.currentScript.dataset.plotly;
  const probe = document.createElement("span");
  probe.hidden = true;
  document.documentElement.append(probe);  // not the body, whose content may be drawn anew
  const colours = new Map();  // looked up once a dress: each look makes the browser work out its styles
  const resolved = (token) => {
    if (!colours.has(token)) { probe.style.color = token; colours.set(token, getComputedStyle(probe).color); }
    return colours.get(token);
  };
  const dressed = (value) => {
    if (typeof value === "string") return value.startsWith("var(--") ? resolved(value) : value;
    if (Array.isArray(value)) return value.map(dressed);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, dressed(v)]));
    return value;
  };
  const config = {
    displayModeBar: false, responsive: true, locale: chinese ? "zh-CN" : "en-US",
    modeBarButtonsToRemove: ["sendChartToCloud", "sendDataToCloud"],
  };

  let fetched = null;
  const plotly = () => fetched ||= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => { Plotly.register(window.dabiaoLocale); done(); };
    script.onerror = failed;
    document.head.append(script);
  });

  let drawn = 0;
  const draw = (place) => {
    const given = document.getElementById(place.dataset.figure);
    if (!given) return;
    const figure = JSON.parse(given.textContent);
    for (const axis of ["xaxis", "xaxis2"]) if (figure.layout[axis] && chinese) figure.layout[axis].hoverformat ||= "%Y年%-m月%-d日";
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) figure.layout.transition = { duration: 0 };
    if (place.clientWidth < 560) {  // labels beside the figure stand below it on a narrow screen
      figure.layout.annotations = (figure.layout.annotations || []).filter((one) => one.name !== "ends");
      if (figure.layout.margin && figure.layout.margin.r > 100) figure.layout.margin.r = 40;
      const months = figure.layout.xaxis;
      if (months?.tickvals?.length > 6) { months.tickvals = months.tickvals.filter((_, n) => n % 2 === 0); months.ticktext = months.ticktext.filter((_, n) => n % 2 === 0); }
      if (figure.layout.legend) figure.layout.legend = { orientation: "h", y: -0.3 };
    }
    place.style.blockSize = `${figure.layout.height}px`;  // of its own: after a resize or a print Plotly's takes none
    Plotly.react(place, dressed(figure.data), dressed(figure.layout), config);
    place.dataset.drawn = ++drawn;
  };

  const waiting = [];  // one picture a frame: the first is seen before the next is worked out
  const next = () => {
    const place = waiting.shift();
    if (!place) return;
    if (place.isConnected) draw(place);
    if (waiting.length) setTimeout(next);
  };
  const near = new IntersectionObserver((seen) => {
    for (const one of seen) if (one.isIntersecting) {
      near.unobserve(one.target);
      if (waiting.push(one.target) === 1) plotly().then(next);
    }
  }, { rootMargin: "400px" });
  // Where a page comes anew its pictures move into it and are changed, in half the time that new ones take.
  const before = new Map();
  const moved = (place) => {
    const old = before.get(place.dataset.figure);
    if (!old || old._fullLayout?.width !== place.clientWidth) return place;
    before.delete(place.dataset.figure);
    for (const { name, value } of place.attributes) if (name !== "class" && name !== "style") old.setAttribute(name, value);
    delete old.dataset.drawn;
    place.replaceWith(old);
    return old;
  };
  document.addEventListener("htmx:beforeSwap", () => {
    for (const place of document.querySelectorAll(".plot[data-drawn]")) before.set(place.dataset.figure, place);
  });
  const watch = () => {
    const places = [...document.querySelectorAll(".plot:not([data-drawn])")].map(moved);
    before.forEach((place) => { if (!place.isConnected) Plotly.purge(place); });
    before.clear();
    if (window.Plotly && places[0]?.getBoundingClientRect().top < innerHeight) draw(places.shift());  // not a frame later
    places.forEach((place) => near.observe(place));
  };
  const again = () => { colours.clear(); if (window.Plotly) document.querySelectorAll(".plot[data-drawn]").forEach(draw); };
  watch();
  document.addEventListener("dabiao:theme", again);
  document.addEventListener("htmx:afterSwap", watch);
  // Fetched once the page stands, so that a print has every picture; drawn light in the width of the paper, and back.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 500));
  addEventListener("load", () => { if (document.querySelector(".plot")) idle(() => plotly()); });
  const fit = (width) => document.querySelectorAll(".plot[data-drawn]").forEach((place) => Plotly.relayout(place, { width, autosize: !width }));
  addEventListener("beforeprint", () => {
    if (!window.Plotly) return;
    probe.style.colorScheme = "light";
    colours.clear();
    document.querySelectorAll(".plot").forEach(draw);
    fit(660);
  });
  addEventListener("afterprint", () => {
    probe.style.colorScheme = "";
    again();
    if (window.Plotly) fit(null);
  });

  // ---- a picture to take home ----
  const named = (figure) => figure.querySelector("h2, h3").textContent.trim().slice(0, 80);
  const offer = (href, name) => {
    const link = Object.assign(document.createElement("a"), { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
  };
  const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font", "text-anchor", "opacity", "color", "fill-opacity"];
  const alone = (drawing) => {  // an SVG of the page with the styles that the page gives it, and the marks that it uses
    const copy = drawing.cloneNode(true);
    const from = [drawing, ...drawing.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
    from.forEach((one, n) => {
      const style = getComputedStyle(one);
      for (const name of STYLES) to[n].style.setProperty(name, style.getPropertyValue(name));
    });
    for (const use of copy.querySelectorAll("use")) {
      const mark = document.querySelector(use.getAttribute("href"));
      if (mark) { copy.prepend(mark.cloneNode(true)); }
    }
    const box = drawing.getBoundingClientRect();
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    copy.style.background = resolved("var(--paper)");
    return { text: new XMLSerializer().serializeToString(copy).replaceAll("var(--paper)", resolved("var(--paper)")), width: box.width, height: box.height };
  };
  const saved = async (figure, format) => {
    const plot = figure.querySelector(".plot");
    const name = `${named(figure)}.${format}`;
    if (plot) {
      await plotly();
      if (!plot.dataset.drawn) draw(plot);
      const size = { width: Math.max(plot.clientWidth, 640), height: plot.clientHeight };
      plot.layout.paper_bgcolor = resolved("var(--paper)");
      offer(await Plotly.toImage(plot, { format, ...size, scale: format === "png" ? 2 : 1 }), name);
      return;
    }
    const { text, width, height } = alone(figure.querySelector(".drawn svg"));
    const link = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    if (format === "svg") { offer(link, name); return; }
    const image = new Image();
    await new Promise((done, failed) => { image.onload = done; image.onerror = failed; image.src = link; });
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    offer(canvas.toDataURL("image/png"), name);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) saved(button.closest("figure"), button.dataset.save);
  });
})();
