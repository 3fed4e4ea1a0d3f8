// The Builder's rows: add, remove, move; the catalogue; what a choice shows or hides.
// Each change is told to the form as `look`, which asks for the panels anew.
"use strict";

(() => {
  const form = document.getElementById("draft");
  if (!form) return;
  const look = () => form.dispatchEvent(new CustomEvent("look", { bubbles: true }));
  const catalogue = document.getElementById("catalogue");
  //: milliseconds
  const PATIENCE = 15_000;

  const fetchRow = async (kind, asked) => {
    const url = `${form.dataset.row.replace("KIND", kind)}?${new URLSearchParams(asked)}`;
    const answer = await fetch(url, {
      headers: { "HX-Request": "true" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (new URL(answer.url).pathname.startsWith("/login")) throw new Error("you are logged out");
    if (!answer.ok) throw new Error(`the site answered with error ${answer.status}`);
    return answer.text();
  };

  // A row that does not come changes nothing; the reason stands where it would be.
  const failed = (error, place, again) => {
    const known = { TimeoutError: "the site took too long", TypeError: "the site does not answer" };
    const said = document.createElement("p");
    said.className = "help fault";
    said.setAttribute("role", "alert");
    said.dataset.failed = "";
    said.textContent = `✗ This could not be fetched: ${known[error.name] ?? error.message}. Nothing was changed. `;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = "Try again";
    button.addEventListener("click", again);
    said.append(button);
    catalogue?.close();
    place.after(said);
    said.scrollIntoView({ block: "nearest" });
  };

  const forget = () => form.querySelectorAll("[data-failed]").forEach((one) => one.remove());

  // ── add ─────────────────────────────────────────────────────────────────

  const add = async (button) => {
    const { add: kind, into, name, shape, parent } = button.dataset;
    const cadence = form.elements["name.cadence"]?.value;
    const asked = Object.fromEntries(
      Object.entries({ name, shape, parent, cadence }).filter(([, value]) => value),
    );
    const list = document.getElementById(into);
    let fetched;
    forget();
    try {
      fetched = await fetchRow(kind, asked);
    } catch (error) {
      failed(error, list, () => add(button));
      return;
    }
    list.insertAdjacentHTML("beforeend", fetched);
    const row = list.lastElementChild;
    catalogue?.close();
    if (shape && shape !== "when") row.querySelector("[data-add]").click();
    else focusFirst(row);
    look();
  };

  const focusFirst = (row) => {
    const first = row.querySelector("[data-first], .number") ?? row.querySelector("input:not([type=hidden])");
    first?.focus();
    first?.select?.();
    row.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add]");
    if (button) add(button);
  });

  // ── remove, move, turn ────────────────────────────────────────────────────

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("[data-row]");
    if (!row) return;
    if ("remove" in button.dataset) {
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      next?.querySelector("input:not([type=hidden])")?.focus();
      look();
    } else if (button.dataset.move) {
      move(row, Number(button.dataset.move));
      button.focus();
      look();
    } else if ("turnForm" in button.dataset) {
      turn(row);
      look();
    }
  });

  const move = (row, by) => {
    if (by < 0) row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
  };

  // Two sides become one expression; back only where nothing would be lost.
  const turn = (row) => {
    const [hidden, sides, free] = ["[data-form]", "[data-sides]", "[data-free]"].map((one) =>
      row.querySelector(one),
    );
    const [left, sign, right] = sides.querySelectorAll("input, select");
    if (hidden.value === "sides") {
      free.value = [left.value, sign.value, right.value].join(" ").trim();
      hidden.value = "free";
    } else {
      const parts = free.value.match(/^(.+?) (>=|<=|==|!=|>|<) ([^<>=!]+)$/);
      if (free.value.trim() && !parts) {
        free.focus();
        return;
      }
      [left.value, sign.value, right.value] = parts ? parts.slice(1) : ["", ">", ""];
      hidden.value = "sides";
    }
    sides.hidden = hidden.value === "free";
    free.hidden = !sides.hidden;
    (sides.hidden ? free : left).focus();
  };

  // A rule without a name is called after what it looks at: rsi_14 → rsi.
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-first]")) return;
    const name = event.target.closest("[data-row]").querySelector("[data-names]");
    if (!name || name.value) return;
    const stem = event.target.value.match(/[a-z][a-z]*/)?.[0];
    if (!stem) return;
    const taken = new Set([...form.querySelectorAll("[data-names]")].map((one) => one.value));
    let given = stem;
    for (let at = 2; taken.has(given); at += 1) given = `${stem}_${at}`;
    name.value = given;
    look();
  });

  // ── choices that show or hide fields ────────────────────────────────────────

  const showFor = (choice) => {
    form.querySelectorAll("[data-shown-for]").forEach((field) => {
      const [name, value] = field.dataset.shownFor.split("=");
      if (name === choice.name) field.hidden = choice.value !== value;
    });
  };

  const policyFields = async (box) => {
    const place = document.getElementById("policy-own");
    const name = form.elements.policy.value || box.dataset.default;
    forget();
    if (!box.checked || !name) place.innerHTML = "";
    else {
      const pack = form.elements.pack.value;
      try {
        place.innerHTML = await fetchRow("policy", { pack, name });
      } catch (error) {
        box.checked = place.childElementCount > 0;
        failed(error, place, () => {
          box.checked = true;
          policyFields(box);
        });
        return;
      }
      place.querySelector("input:not([type=hidden])")?.focus();
    }
    look();
  };

  form.addEventListener("change", (event) => {
    const field = event.target;
    if (field.dataset.shows) showFor(field);
    if (field.name === "own_policy") policyFields(field);
    if (field.name === "policy" && form.elements.own_policy.checked)
      policyFields(form.elements.own_policy);
  });

  // ── the catalogue ─────────────────────────────────────────────────────────

  if (!catalogue) return;
  const search = catalogue.querySelector("[data-filter]");
  const cards = [...catalogue.querySelectorAll(".card")];

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    cards.forEach((card) => {
      card.hidden = !words.every((word) => card.dataset.words.includes(word));
    });
    catalogue.querySelectorAll("[data-cards]").forEach((group) => {
      group.hidden = !group.querySelector(".card:not([hidden])");
    });
    catalogue.querySelector("[data-none]").hidden = cards.some((card) => !card.hidden);
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens=catalogue]")) {
      search.value = "";
      filter();
      catalogue.showModal();
      search.focus();
    }
    if (event.target.closest("[data-closes]")) catalogue.close();
  });

  catalogue.addEventListener("input", filter);
  catalogue.addEventListener("keydown", (event) => {
    const shown = cards.filter((card) => !card.hidden);
    const at = shown.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      shown[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      (shown[next] ?? search).focus();
    }
  });
})();
