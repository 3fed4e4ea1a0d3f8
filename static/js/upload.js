// Upload with drag and drop and a progress bar. Without it the form posts as it is.
"use strict";

(() => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const drop = form.querySelector("[data-drop]");
  const input = form.querySelector("input[type=file]");
  const chosen = form.querySelector("[data-chosen]");
  const progress = form.querySelector("[data-progress]");
  const meter = progress.querySelector(".meter");
  const words = form.querySelector("[data-progress-words]");
  const errors = form.querySelector("[data-errors]");
  const button = form.querySelector("button");

  const size = (bytes) =>
    bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

  const say = () => {
    const files = [...input.files];
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const names = files.slice(0, 3).map((file) => file.name);
    const more = files.length > 3 ? ` and ${files.length - 3} more` : "";
    chosen.textContent = files.length ? `${names.join(", ")}${more} · ${size(total)}` : "";
  };

  for (const name of ["dragenter", "dragover"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  for (const name of ["dragleave", "drop"])
    drop.addEventListener(name, () => drop.classList.remove("over"));

  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    say();
  });
  input.addEventListener("change", say);

  const show = (percent, text) => {
    meter.firstElementChild.style.width = `${percent}%`;
    meter.setAttribute("aria-valuenow", String(percent));
    words.textContent = text;
  };

  const refuse = (lines) => {
    progress.hidden = true;
    button.disabled = false;
    errors.replaceChildren(
      ...lines.map((line) => {
        const said = document.createElement("p");
        said.textContent = `✗ ${line}`;
        return said;
      }),
    );
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      const percent = total ? Math.round((100 * loaded) / total) : 0;
      show(percent, percent < 100 ? `${percent} % of ${size(total)} sent` : "Sent; being kept.");
    };
    request.onload = () => {
      if (request.status === 202) location.assign(request.response.url);
      else if (request.status === 422)
        refuse(Object.values(request.response.errors).flat());
      else if (request.status === 413) refuse(["That is more than the site takes at once."]);
      else refuse([`The site could not take it (${request.status}).`]);
    };
    request.onerror = () => refuse(["The site can't be reached. Nothing was written."]);
    errors.replaceChildren();
    progress.hidden = false;
    button.disabled = true;
    show(0, "Sending");
    request.send(new FormData(form));
  });
})();
