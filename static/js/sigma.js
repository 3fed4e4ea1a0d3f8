// What pages do beyond links and forms: keys, palette, drawer, copy, theme, rail.
// Everything here is a convenience: each page works without it.
"use strict";

(() => {
  const root = document.documentElement;
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const typing = (element) =>
    element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  const keep = (name, value) => {
    document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
  };

  // ── theme and rail ────────────────────────────────────────────────────────

  const isDark = () =>
    root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-theme-form]")) return;
    event.preventDefault();
    root.dataset.theme = isDark() ? "light" : "dark";
    keep("sigma_theme", root.dataset.theme);
  });

  const toggleRail = () => {
    if (root.dataset.rail === "icons") {
      delete root.dataset.rail;
      keep("sigma_rail", "");
    } else {
      root.dataset.rail = "icons";
      keep("sigma_rail", "icons");
    }
  };

  // ── palette ───────────────────────────────────────────────────────────────

  const palette = find("#palette");

  const openPalette = () => {
    const input = find("input", palette);
    palette.showModal();
    input.value = "";
    input.focus();
    htmx.trigger(input, "opened");
  };

  // Enter may come before the answers to what was typed: then it waits for them
  let following = false;

  const isAnswered = () =>
    find("[data-q]", palette)?.dataset.q === find("input", palette).value;

  const followPalette = () => {
    following = !isAnswered();
    if (!following) (find("a.here", palette) ?? find("a", palette))?.click();
  };

  const movePalette = (by) => {
    const answers = all("a", palette);
    if (!answers.length) return;
    const at = answers.findIndex((answer) => answer.classList.contains("here"));
    const next = answers[(at + by + answers.length) % answers.length];
    answers.forEach((answer) => answer.classList.toggle("here", answer === next));
    next.scrollIntoView({ block: "nearest" });
  };

  palette?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      movePalette(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      followPalette();
    }
  });

  palette?.addEventListener("input", () => (following = false));

  palette?.addEventListener("htmx:afterSwap", () => following && followPalette());

  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog")) event.target.close();
  });

  // ── drawer: one signal beside the list, kept in the address ────────────────

  const drawer = () => find("#drawer");

  const remember = (pk) => {
    const url = new URL(location.href);
    if (pk) url.searchParams.set("open", pk);
    else url.searchParams.delete("open");
    history.replaceState(null, "", url);
  };

  const markOpen = (row) => {
    all("tr.open").forEach((other) => other.classList.remove("open"));
    row?.classList.add("open");
  };

  const openRow = (row) => {
    const link = find("[data-open]", row);
    if (!link || !drawer()) {
      location.assign(row.dataset.href ?? find("a", row).href);
      return;
    }
    markOpen(row);
    remember(link.dataset.open);
    htmx.ajax("GET", link.getAttribute("href"), "#drawer");
  };

  const closeDrawer = () => {
    const shown = drawer();
    if (!shown?.firstElementChild) return false;
    const row = find("tr.open");
    shown.replaceChildren();
    markOpen(null);
    remember(null);
    find("a", row ?? document.createElement("tr"))?.focus();
    return true;
  };

  // ── rows ──────────────────────────────────────────────────────────────────

  const here = () => find("tr.here") ?? find("tr.open");

  const moveRow = (by) => {
    const rows = all("[data-rows] tbody tr");
    if (!rows.length) return;
    const at = rows.indexOf(here());
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    rows.forEach((row) => row.classList.toggle("here", row === next));
    find("a", next)?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (drawer()?.firstElementChild) openRow(next);
  };

  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a, button");
    if (link && !link.matches("[data-open]")) return;
    event.preventDefault();
    openRow(row);
  });

  // A second column: Shift and click adds its key to the sort in the address.
  document.addEventListener("click", (event) => {
    const head = event.target.closest("[data-sort]");
    if (!head || !event.shiftKey) return;
    event.preventDefault();
    const url = new URL(head.href);
    const key = url.searchParams.get("sort");
    const now = new URL(location.href).searchParams.get("sort");
    const bare = (name) => name.replace(/^-/, "");
    const others = (now ?? "").split(",").filter((each) => each && bare(each) !== bare(key));
    url.searchParams.set("sort", [...others, key].slice(-3).join(","));
    location.assign(url);
  });

  // ── buttons ───────────────────────────────────────────────────────────────

  const doings = {
    palette: openPalette,
    keys: () => find("#keys").showModal(),
    rail: toggleRail,
    close: closeDrawer,
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    event.preventDefault();
    doings[button.dataset.do]();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("copied");
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-label", "Copied");
    setTimeout(() => {
      button.classList.remove("copied");
      if (label) button.setAttribute("aria-label", label);
      else button.removeAttribute("aria-label");
    }, 1200);
  });

  // ── forms that answer at once ───────────────────────────────────────────────

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && !event.target.matches("[type=search]")) form.requestSubmit();
  });

  // An empty field is no wish: keep it out of the address.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-auto]")) return;
    for (const field of event.target.elements) if (!field.value) field.disabled = true;
  });

  // ── times ─────────────────────────────────────────────────────────────────

  document.addEventListener("mouseover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (!time || time.dataset.local) return;
    time.dataset.local = new Date(time.dateTime).toLocaleString();
    time.title += ` · ${time.dataset.local} where you are`;
  });

  const since = find("[data-since]");
  if (since) {
    const start = new Date(since.dataset.since).getTime();
    setInterval(() => {
      const seconds = Math.max(0, Math.round((Date.now() - start) / 1000));
      const pad = (number) => String(number).padStart(2, "0");
      const minutes = Math.floor(seconds / 60);
      since.textContent =
        minutes < 60
          ? `${minutes} min ${pad(seconds % 60)} s`
          : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
    }, 1000);
  }

  // ── keys ──────────────────────────────────────────────────────────────────

  const keys = {
    "/": () => find("[data-search]")?.focus(),
    "?": () => find("#keys").showModal(),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    Enter: () => here() && openRow(here()),
    x: () => here() && find("input[type=checkbox]:not(:disabled)", here())?.click(),
    ArrowLeft: () => find('[data-key="ArrowLeft"]')?.click(),
    ArrowRight: () => find('[data-key="ArrowRight"]')?.click(),
    Escape: closeDrawer,
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    // A focused link or button does what Enter does there.
    const focused = event.target.closest("a, button, summary, input");
    if (event.key === "Enter" && focused && !focused.matches("[data-open]")) return;
    if (!keys[event.key] || event.target.closest("[role=region]")) return;
    if (event.key !== "Escape") event.preventDefault();
    keys[event.key]();
  });

  // ── errors of fragments ─────────────────────────────────────────────────────

  document.addEventListener("htmx:responseError", (event) => {
    const note = document.createElement("p");
    note.className = "note error";
    note.setAttribute("role", "alert");
    const status = event.detail.xhr.status;
    note.textContent =
      status === 404
        ? "That is not there any more. Load the page again."
        : `The site could not answer (${status}). What you see may be old; load the page again.`;
    event.detail.target?.prepend(note);
  });
})();
