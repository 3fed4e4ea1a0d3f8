// A gate's threshold: dragged, or moved with the arrow keys, it writes the number back
// into the form. The bars follow at once; the counts come with the next look.
"use strict";

(() => {
  const form = document.getElementById("draft");
  if (!form) return;
  const WIDTH = 320;
  const SHARE = /(\(\s*1\s*[+-]\s*)(\d*\.?\d+(?:[eE][-+]?\d+)?)(\s*\))/;
  const mark = (slider) => ({
    low: Number(slider.getAttribute("aria-valuemin")),
    high: Number(slider.getAttribute("aria-valuemax")),
    now: Number(slider.getAttribute("aria-valuenow")),
    step: Number(slider.dataset.step),
    factor: Number(slider.dataset.factor),
  });

  const rounded = (value, step) => {
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String(Number((Math.round(value / step) * step).toFixed(digits)));
  };

  // Writes the number; a share inside `(1 + share)` alone changes there.
  const write = (slider, text) => {
    const field = form.elements[slider.dataset.field];
    if (!field) return;
    field.value = slider.dataset.inside
      ? field.value.replace(SHARE, (_, before, __, after) => before + text + after)
      : text;
    field.classList.add("moved");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const draw = (slider, value) => {
    const { low, high } = mark(slider);
    const x = ((value - low) / (high - low)) * WIDTH;
    slider.setAttribute("aria-valuenow", value);
    const line = slider.querySelector("line");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    slider.querySelector("circle").setAttribute("cx", x);
    slider.querySelector(".grip").setAttribute("x", x - 10);
    const above = slider.dataset.sign.startsWith(">");
    slider.parentElement.querySelectorAll("rect[data-middle]").forEach((bar) => {
      const passes = Number(bar.dataset.middle) >= value === above;
      bar.classList.toggle("in", passes);
      bar.classList.toggle("out", !passes);
    });
    const shown = slider.closest(".gate-picture").querySelector("output");
    shown.style.setProperty("--at", `${(100 * x) / WIDTH}%`);
    shown.textContent = shown.textContent.includes("%")
      ? `${(value * 100).toFixed(2)} %`
      : String(value);
  };

  const set = (slider, wanted) => {
    const { low, high, now, step, factor } = mark(slider);
    const text = rounded(Math.min(Math.max(wanted, low), high), step);
    if (Number(text) === now) return;
    draw(slider, Number(text));
    write(slider, factor < 0 ? rounded(-Number(text), step) : text);
  };

  let held = null;

  const at = (slider, event) => {
    const box = slider.parentElement.getBoundingClientRect();
    const { low, high } = mark(slider);
    return low + ((event.clientX - box.left) / box.width) * (high - low);
  };

  document.addEventListener("pointerdown", (event) => {
    const slider = event.target.closest?.(".threshold[data-field]");
    if (!slider) return;
    event.preventDefault();
    slider.focus();
    held = slider;
    document.documentElement.classList.add("dragging");
  });
  document.addEventListener("pointermove", (event) => {
    if (held) set(held, at(held, event));
  });
  const release = () => {
    held = null;
    document.documentElement.classList.remove("dragging");
  };
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

  document.addEventListener("keydown", (event) => {
    const slider = event.target.closest?.(".threshold[data-field]");
    if (!slider) return;
    const { low, high, now, step } = mark(slider);
    const ends = { Home: low, End: high };
    const wanted = event.key in STEPS ? now + STEPS[event.key] * step : ends[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(slider, wanted);
  });

  // An answer that comes while a line is held must not take it out of the hand; one
  // that comes later gives the focus back to the line that had it.
  let focused = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "panels") return;
    if (held) event.detail.shouldSwap = false;
    focused = document.activeElement?.dataset?.field ?? null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "panels" || !focused) return;
    document.querySelector(`.threshold[data-field="${CSS.escape(focused)}"]`)?.focus();
  });
})();
