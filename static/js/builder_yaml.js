// The YAML side: an editor tells the form that it changed, and shows the problems of the
// last look as marks on their lines.
"use strict";

(() => {
  const form = document.getElementById("draft");
  if (!form) return;
  const widgets = () => [...form.querySelectorAll(".django-ace-widget")];
  const part = (widget) => widget.nextElementSibling.name.replace("yaml.", "");

  const follow = (widget) => {
    const text = widget.nextElementSibling;
    widget.editor.session.on("change", () => {
      text.value = widget.editor.getValue();
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
    widget.editor.textInput.getElement().setAttribute("aria-label", text.getAttribute("aria-label"));
  };

  const mark = () => {
    const marks = JSON.parse(document.querySelector("#marks script")?.textContent ?? "[]");
    widgets().forEach((widget) => {
      const own = marks.filter((one) => one.part === part(widget));
      widget.editor?.session.setAnnotations(own.map((one) => ({ ...one, column: 0 })));
    });
  };

  // the widget's own script makes the editors when the page has loaded
  window.addEventListener("load", () => setTimeout(() => { widgets().forEach(follow); mark(); }));
  document.addEventListener("htmx:oobAfterSwap", mark);
  document.addEventListener("htmx:afterSettle", mark);
})();
