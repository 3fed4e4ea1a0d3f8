// The Builder's page: what is computing, what is kept, what is not saved, its keys.
// Rows are in builder_rows.js, thresholds in builder_threshold.js.
"use strict";

(() => {
  const form = document.getElementById("draft");
  const panels = document.getElementById("panels");
  const state = () => document.getElementById("state");
  if (!form) return;
  document.documentElement.classList.add("scripted");

  // ── looks: the last answer stays, greyed, while the next one comes ─────────

  const SUBJECTS = [
    [/^indicator|^set_/, "columns, gates and list"],
    [/^gate|^param/, "gates and list"],
    [/^part/, "score and list"],
    [/^universe|^scope|^ticker/, "universe, gates and list"],
    [/^policy|^own_policy/, "the list under the policy"],
  ];
  let touched = "";

  const subject = () => SUBJECTS.find(([names]) => names.test(touched))?.[1] ?? "the draft";

  const look = () => form.dispatchEvent(new CustomEvent("look", { bubbles: true }));

  // What failed, and what to do about it, beside the tabs; the last answer stays.
  const tell = ({ words, label, href, again }) => {
    const said = document.createElement("span");
    said.className = "fault";
    said.textContent = `✗ ${words}`;
    state().replaceChildren(said);
    if (!label) return;
    const act = document.createElement(href === undefined ? "button" : "a");
    act.textContent = label;
    if (href === undefined) {
      act.type = "button";
      act.className = "link";
      act.addEventListener("click", again);
    } else act.href = href;
    state().append(" ", act);
  };

  const here = location.pathname + location.search;
  const KEPT = "What you typed is kept in this browser.";
  const lookAgain = () => htmx.trigger(form, "again");

  // The address of the login page → the way back to this page through it.
  const login = (address) => {
    const page = new URL(address);
    page.search = `?next=${encodeURIComponent(here)}`;
    return { words: `You are logged out. ${KEPT}`, label: "Log in", href: page.href };
  };

  const reason = (status) => {
    if (status === 403)
      return { words: `The site takes nothing from this page any more: it is too old, or your role has changed. ${KEPT}`, label: "Open it again", href: here };
    if (status === 404 || status === 405)
      return { words: `The site has changed since this page was opened. ${KEPT}`, label: "Open it again", href: here };
    if (status === 413) return { words: "The draft is too long for the site: take something out." };
    const words =
      status === 429 || status === 503
        ? "The site has too much to do just now. Wait a moment."
        : `The site failed at this draft (error ${status}). ${KEPT} What stands here is the last answer.`;
    return { words, label: "Look again", again: lookAgain };
  };

  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form) return;
    panels.classList.add("stale");
    state().textContent = `Computing ${subject()} …`;
  });

  // A person whose session has ended gets the login page: not into the panels.
  // The event is the panels', which stand outside of the form.
  panels.addEventListener("htmx:beforeSwap", (event) => {
    if (!new URL(event.detail.xhr.responseURL).pathname.startsWith("/login")) return;
    event.detail.shouldSwap = false;
    tell(login(event.detail.xhr.responseURL));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const refused = event.detail.xhr?.getResponseHeader("HX-Reswap") === "none";
    if (event.target === panels && !refused) panels.classList.remove("stale");
  });

  form.addEventListener("htmx:afterRequest", () => {
    const waiting = panels.querySelector(".waiting p");
    if (waiting) waiting.textContent = "Nothing could be computed of this draft yet.";
  });

  form.addEventListener("htmx:responseError", (event) => tell(reason(event.detail.xhr.status)));
  for (const [name, words] of [
    ["htmx:sendError", "The site does not answer."],
    ["htmx:timeout", "The look took too long and was given up."],
  ])
    form.addEventListener(name, () =>
      tell({ words: `${words} ${KEPT} What stands here is the last answer.`, label: "Look again", again: lookAgain }),
    );

  // ── what is not saved: guarded, and kept in this browser ────────────────────

  const key = `sigma-draft:${form.dataset.keptAs}`;
  const SKIPPED = /^(csrfmiddlewaretoken|page|seen\.|set_version|policy_version)/;
  const note = document.getElementById("kept");
  let dirty = form.dataset.dirty === "1";
  let leaving = false;

  const fields = () => [...new FormData(form)].filter(([, value]) => typeof value === "string");
  const comparable = (pairs) =>
    JSON.stringify(pairs.filter(([name]) => !SKIPPED.test(name)));

  const keep = () => {
    const kept = { at: Date.now(), fields: fields() };
    try {
      localStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // a full or forbidden store: the page works without it
    }
  };

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };

  const markDirty = () => {
    dirty = true;
    document.getElementById("unsaved").hidden = false;
    note.hidden = true;
    keep();
  };

  const savedPage = () =>
    document.cookie.split("; ").find((one) => one.startsWith("sigma_saved="))?.slice(12);

  const offerKept = () => {
    const found = kept();
    if (!found) return;
    const page = found.fields.find(([name]) => name === "page")?.[1];
    if (page === savedPage() || comparable(found.fields) === comparable(fields())) {
      localStorage.removeItem(key);
      return;
    }
    if (dirty) return;
    note.querySelector("[data-when]").textContent =
      `, last touched ${new Date(found.at).toLocaleString()}`;
    note.hidden = false;
  };

  const takeKept = () => {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = form.dataset.turn;
    const token = form.elements.csrfmiddlewaretoken.value;
    const pairs = kept().fields.filter(([name]) => name !== "csrfmiddlewaretoken");
    for (const [name, value] of [["csrfmiddlewaretoken", token], ...pairs]) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      sent.append(field);
    }
    sent.hidden = true;
    document.body.append(sent);
    leaving = true;
    sent.submit();
  };

  note.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kept]");
    if (!button) return;
    if (button.dataset.kept === "take") takeKept();
    else {
      localStorage.removeItem(key);
      note.hidden = true;
    }
  });

  // Why a save was refused stays until something is changed: a look of the same draft
  // finds nothing wrong with a file that has moved on, or a name that is taken.
  let changed = false;
  const refused = document.querySelector("#trouble .note") !== null;
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id === "trouble" && refused && !changed)
      event.detail.shouldSwap = false;
  });
  form.addEventListener("look", () => {
    changed = true;
  });

  form.addEventListener("input", (event) => {
    changed = true;
    touched = event.target.name ?? "";
    markDirty();
  });
  form.addEventListener("look", markDirty);
  form.addEventListener("submit", () => {
    keep();
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !leaving) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  // ── keys ─────────────────────────────────────────────────────────────────

  const save = document.querySelector('button[form="draft"][name="then"][value=""]');

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save?.click();
    }
  });

  // Enter in a field asks for a look; only the buttons save.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input, select")) return;
    event.preventDefault();
    look();
  });

  // ── on a narrow screen the form or what it gives, and of that one panel ───────

  const builder = form.closest(".builder");
  const sides = [...document.querySelectorAll("[data-side]:is(button)")];

  const turnTo = (side) => {
    builder.dataset.shows = side;
    sides.forEach((one) => one.setAttribute("aria-pressed", one.dataset.side === side));
  };

  sides.forEach((one) =>
    one.addEventListener("click", () => {
      turnTo(one.dataset.side);
      builder.scrollIntoView({ block: "start" });
    }),
  );
  turnTo("form");

  // what the last look said is read beside the form too
  const short = document.getElementById("state-short");
  const copyState = () => {
    short.textContent = state()?.querySelector(".fault")
      ? "✗"
      : (state()?.textContent.split(/ pass|·/)[0].trim() ?? "");
  };
  new MutationObserver(copyState).observe(document.querySelector(".panel-tabs"), {
    childList: true,
    subtree: true,
    characterData: true,
  });


  const tabs = [...document.querySelectorAll("[data-tab]")];

  const choose = (name) => {
    panels.dataset.shown = name;
    tabs.forEach((tab) =>
      tab.dataset.tab === name
        ? tab.setAttribute("aria-current", "true")
        : tab.removeAttribute("aria-current"),
    );
  };

  tabs.forEach((tab) =>
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose(tab.dataset.tab);
      document.getElementById(tab.dataset.tab)?.scrollIntoView({ block: "nearest" });
    }),
  );
  if (tabs.length) choose(tabs[0].dataset.tab);

  offerKept();
})();
