/* The rows of the leaderboard that are ticked for comparing: how many, said aloud, and
   no more than four. Without this script the form sends what is ticked all the same. */
"use strict";

(() => {
  const MOST = 4;
  const button = document.querySelector("button[form=compare]");
  const said = document.querySelector("[data-ticked]");
  const boxes = [...document.querySelectorAll("input[name=runs][form=compare]")];
  if (!button || !said) return;

  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.disabled = ticked >= MOST && !box.checked;
    button.textContent = ticked ? `Compare ${ticked} ticked` : "Compare ticked";
    said.textContent = !ticked
      ? ""
      : ticked < 2
        ? "1 row is ticked; it takes one more to compare"
        : `${ticked} rows are ticked${ticked === MOST ? ", the most that can be compared" : ""}`;
  };

  document.addEventListener("change", (event) => boxes.includes(event.target) && count());
  // what a browser keeps ticked when one comes back
  window.addEventListener("pageshow", count);
})();
