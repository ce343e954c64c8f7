// The console works without this script. With it, a form shows what it would do
// while people fill it in: what was typed is posted as by the form's buttons,
// and the parts of the page that changed are put in place of the old ones.
"use strict";

// Times are as long ago as they are now, and exact in the browser's zone.
const tell = (root) => {
  const language = document.documentElement.lang;
  const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const at = new Date(time.dateTime);
    const seconds = Math.max(0, (Date.now() - at) / 1000);
    if (seconds >= 60) {
      const [unit, length] = seconds < 3600 ? ["minute", 60] : seconds < 172800 ? ["hour", 3600] : ["day", 86400];
      time.textContent = ago.format(-Math.floor(seconds / length), unit);
    }
    time.title = exact.format(at);
  }
};
tell(document);
setInterval(() => tell(document), 30000);

const fetched = async (address, signal) => {
  const answer = await fetch(address, { credentials: "same-origin", signal });
  if (!answer.ok || answer.redirected || !answer.headers.get("Content-Type")?.startsWith("text/html")) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  tell(page);
  return page;
};

// What takes long to find out is loaded beside the page.
const later = document.querySelector("[data-later]");
if (later) {
  fetched(later.dataset.later).then((page) => {
    const part = page && page.getElementById(later.id);
    if (part) later.replaceWith(part);
  }).catch(() => {}); // the part has a link
}

// Parts that change by themselves are shown as they are now, while somebody looks.
// One that is being read or used is left alone.
const live = () => [...document.querySelectorAll("[data-live-part]")];
if (live().length > 0) {
  const used = (part) => part.contains(document.activeElement) || part.contains(document.getSelection().anchorNode) && !document.getSelection().isCollapsed;
  const address = new URL(location.href);
  address.searchParams.delete("done"); // it was said
  let asking = false;
  setInterval(async () => {
    if (document.hidden || asking) return;
    asking = true;
    try {
      const page = await fetched(address, AbortSignal.timeout(20000));
      for (const old of page ? live() : []) {
        const part = page.getElementById(old.id);
        if (!part || used(old) || part.dataset.later) continue; // it is being found out
        if (part.innerHTML !== old.innerHTML) old.replaceWith(part);
      }
    } catch { // the next time, perhaps
    } finally {
      asking = false;
    }
  }, 10000);
}

// Who leaves a form with something in it that is not saved is asked first. Its
// buttons, and those of the languages, take it along.
const edited = document.getElementById("edit");
let unsaved = edited?.hasAttribute("data-changed");
if (edited) {
  for (const kind of ["input", "change"]) edited.addEventListener(kind, () => { unsaved = true; });
  edited.addEventListener("submit", () => { unsaved = false; });
  edited.querySelectorAll("[data-cancel]").forEach((link) => link.addEventListener("click", () => { unsaved = false; }));
  window.addEventListener("pageshow", (event) => { if (event.persisted) unsaved = true; }); // back to what was sent
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}

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
      if (answer.status === 409) { // somebody else changed it: the page shows both
        const button = Object.assign(document.createElement("input"), { type: "hidden", name: "do", value: "look" });
        form.append(button);
        unsaved = false;
        form.submit();
        return;
      }
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
    if (!/^(test|look)/.test(button.value)) unsaved = true;
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
