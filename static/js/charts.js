/* Figures drawn by plotly in place of the server's SVG, which stays where this can't.

   <figure data-figure="equity" data-source="/backtests/7/curves/"> is drawn from the
   answer of its source: {"sessions": […], "figures": {"equity": {lines, shades, unit}}}
   (signals/charts.py). Colours are the style sheet's; a change of theme draws anew. */
"use strict";

(() => {
  const RANGES = [
    { count: 1, label: "1M", step: "month", stepmode: "backward" },
    { count: 3, label: "3M", step: "month", stepmode: "backward" },
    { count: 6, label: "6M", step: "month", stepmode: "backward" },
    { count: 1, label: "1Y", step: "year", stepmode: "backward" },
    { label: "All", step: "all" },
  ];
  const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };
  const answers = new Map();

  /* A property of the style sheet as the colour it has now. */
  function colour(name) {
    const probe = document.createElement("i");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  function faded(found, alpha) {
    const parts = found.match(/[\d.]+/g);
    return `rgba(${parts.slice(0, 3).join(", ")}, ${alpha})`;
  }

  function asked(source) {
    if (!answers.has(source)) {
      const answer = fetch(source, { headers: { Accept: "application/json" } });
      answers.set(
        source,
        answer.then((found) => {
          if (!found.ok) throw new Error(`${source} answered ${found.status}`);
          return found.json();
        }),
      );
    }
    return answers.get(source);
  }

  function traces(figure, sessions) {
    return figure.lines.map((line) => ({
      type: "scatter",
      mode: "lines",
      name: line.name,
      x: sessions,
      y: line.values,
      line: { color: colour(line.colour), width: 1.5, dash: line.dashed ? "dash" : "solid" },
      fill: line.filled ? "tozeroy" : "none",
      fillcolor: faded(colour(line.colour), 0.12),
      hovertemplate: figure.unit === "money" ? "%{y:,.0f}" : "%{y:.1%}",
    }));
  }

  function layout(figure, tall) {
    const [ink, muted, line] = ["ink", "muted", "line"].map(colour);
    const font = { family: getComputedStyle(document.body).fontFamily, size: 12 };
    const button = { bgcolor: colour("sunken"), activecolor: colour("accent-soft") };
    return {
      margin: { l: 62, r: 8, t: tall ? 30 : 8, b: 28 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { ...font, color: muted },
      showlegend: false,
      hovermode: "x unified",
      hoverlabel: { bgcolor: colour("surface"), bordercolor: line, font: { ...font, color: ink } },
      xaxis: {
        type: "date",
        gridcolor: line,
        linecolor: line,
        showspikes: true,
        spikemode: "across",
        spikethickness: 1,
        spikedash: "dot",
        spikecolor: muted,
        rangeselector: tall
          ? { buttons: RANGES, ...button, font: { ...font, color: ink }, x: 0, y: 1.12 }
          : undefined,
      },
      yaxis: {
        gridcolor: line,
        zerolinecolor: colour("line-strong"),
        tickformat: figure.unit === "money" ? ",.0f" : ".0%",
        fixedrange: true,
      },
      shapes: figure.shades.map(([first, last]) => ({
        type: "rect",
        xref: "x",
        yref: "paper",
        x0: first,
        x1: last,
        y0: 0,
        y1: 1,
        fillcolor: colour("down-soft"),
        line: { width: 0 },
        layer: "below",
      })),
    };
  }

  async function draw(holder) {
    const answer = await asked(holder.dataset.source);
    const figure = answer.figures[holder.dataset.figure];
    let drawing = holder.querySelector(".drawing");
    if (!drawing) {
      drawing = document.createElement("div");
      drawing.className = "drawing";
      holder.querySelector("svg")?.replaceWith(drawing);
    }
    const tall = holder.classList.contains("tall");
    await Plotly.react(drawing, traces(figure, answer.sessions), layout(figure, tall), CONFIG);
    if (!drawing.dataset.together) {
      drawing.dataset.together = "yes";
      drawing.on("plotly_relayout", (change) => together(drawing, change));
    }
  }

  /* What is zoomed in one figure is zoomed in all. */
  let moving = false;
  async function together(from, change) {
    if (moving || !Object.keys(change).some((key) => key.startsWith("xaxis."))) return;
    moving = true;
    const { range, autorange } = from.layout.xaxis;
    const same = autorange ? { "xaxis.autorange": true } : { "xaxis.range": [...range] };
    const others = [...document.querySelectorAll("[data-figure] .drawing")];
    try {
      await Promise.all(others.filter((one) => one !== from).map((one) => Plotly.relayout(one, same)));
    } finally {
      moving = false;
    }
  }

  function drawAll() {
    for (const holder of document.querySelectorAll("[data-figure]")) {
      draw(holder).catch((error) => console.warn("The figure stays as the server drew it:", error.message));
    }
  }

  if (typeof Plotly === "undefined") {
    console.warn("plotly did not load; figures stay as the server drew them.");
    return;
  }
  drawAll();
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
