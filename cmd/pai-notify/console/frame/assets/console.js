// The console works without this script. With it, a form shows what it would do
// while people fill it in: what was typed is posted as by the form's buttons,
// and the parts of the page that changed are put in place of the old ones.
"use strict";

const form = document.querySelector("form[data-live]");
if (form) {
  let timer = 0;
  let running = null;

  const put = (html, shape) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const part of page.querySelectorAll("[data-part]")) {
      if (part.dataset.part === "shape" && !shape) continue;
      if (part.id === "part-errors" && !shape) continue;
      const old = document.getElementById(part.id);
      if (!old) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      const again = focused && focused.id;
      old.replaceWith(part);
      if (again && document.getElementById(again)) document.getElementById(again).focus();
    }
  };

  const look = async (what, shape) => {
    if (running) running.abort();
    const mine = new AbortController();
    running = mine;
    const data = new FormData(form);
    data.set("do", what);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(data), signal: mine.signal, credentials: "same-origin",
      });
      if (answer.headers.get("Content-Type")?.startsWith("text/html")) put(await answer.text(), shape);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      if (running === mine) {
        running = null;
        form.removeAttribute("aria-busy");
      }
    }
  };

  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    // What was wrong with a field may be right now; saving tells.
    const wrong = event.target.closest(".field.wrong");
    if (wrong) {
      wrong.classList.remove("wrong");
      wrong.querySelectorAll(".error").forEach((old) => old.remove());
      event.target.removeAttribute("aria-invalid");
    }
    if (event.target.type === "password") return;
    timer = setTimeout(() => look("look", event.target.hasAttribute("data-shape")), event.target.type === "text" ? 350 : 50);
  });

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=do]");
    if (!button || !/^(add|fact|inbox|remove|test|look)/.test(button.value)) return;
    event.preventDefault();
    clearTimeout(timer);
    button.disabled = true;
    const count = form.querySelectorAll(".target-form").length;
    await look(button.value, true);
    button.disabled = false;
    const targets = form.querySelectorAll(".target-form");
    const next = form.querySelector("[autofocus]"); // where the server says that the keyboard goes on
    if (next) next.focus();
    else if (targets.length > count) targets[targets.length - 1].querySelector("input:not([type=hidden]), select, textarea")?.focus();
    // The part with the button is another by now: a keyboard goes on from there.
    else if (document.activeElement === document.body) {
      [...form.querySelectorAll("button[name=do]")].find((b) => b.value === button.value || /^add/.test(b.value))?.focus({ preventScroll: true });
    }
  });
}
