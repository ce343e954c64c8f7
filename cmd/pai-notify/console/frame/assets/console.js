// The console works without this script. With it, a form shows what it would do
// while people fill it in: what was typed is posted as by the form's buttons,
// and the parts of the page that changed are put in place of the old ones.
"use strict";

// away says, or no longer says, that the server does not answer, near a button.
const away = (gone, near) => {
  document.getElementById("away")?.remove();
  if (!gone) return;
  const notice = document.createElement("div");
  notice.id = "away";
  notice.className = "notice bad";
  notice.role = "alert";
  notice.append(document.createElement("p"));
  notice.firstChild.textContent = document.body.dataset.away;
  near.before(notice);
  notice.scrollIntoView({ block: "nearest" });
};

// A form is sent once, and only to a server that answers: a browser would put a page of
// its own in the place of what people typed.
const sendOnce = () => {
  const answers = async () => {
    try {
      const answer = await fetch("/assets/icon.svg", { cache: "no-store", signal: AbortSignal.timeout(10000) });
      return answer.status < 502; // of a proxy
    } catch {
      return false;
    }
  };
  const state = new WeakMap(); // of forms: being asked for, or to be sent
  document.addEventListener("submit", async (event) => {
    const sent = event.target;
    if (sent.method !== "post" || event.defaultPrevented) return;
    if (state.get(sent) === "go") {
      state.set(sent, "gone");
      setTimeout(() => state.delete(sent), 10000); // somebody may have stopped it
      return;
    }
    event.preventDefault();
    if (state.has(sent)) return;
    state.set(sent, "asking");
    const button = event.submitter;
    if (await answers()) {
      away(false);
      state.set(sent, "go");
      sent.requestSubmit(button);
      if (state.get(sent) === "go") state.delete(sent); // the browser refused the form
    } else {
      state.delete(sent);
      away(true, button && !button.classList.contains("sr") ? button.closest(".actions, .save") || button : sent.lastElementChild);
      button?.focus({ preventScroll: true });
    }
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form").forEach((one) => state.delete(one));
  });
};
sendOnce();

// Who leaves a form with something in it that is not saved is asked first. Its
// buttons, and those of the languages, take it along.
const edited = document.getElementById("edit");
let unsaved = edited?.hasAttribute("data-changed");
if (edited) {
  for (const kind of ["input", "change"]) edited.addEventListener(kind, () => { unsaved = true; });
  window.addEventListener("submit", (event) => { if (event.target === edited && !event.defaultPrevented) unsaved = false; }); // it is being sent
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
      if (answer.status >= 502) throw new TypeError("the server is away");
      if (answer.status === 409) { // somebody else changed it: the page shows both
        const button = Object.assign(document.createElement("input"), { type: "hidden", name: "do", value: "look" });
        form.append(button);
        unsaved = false;
        form.submit();
        return;
      }
      if (answer.headers.get("Content-Type")?.startsWith("text/html")) put(await answer.text(), shape);
      away(false);
    } catch (error) {
      if (error.name !== "AbortError") away(true, form.querySelector(".save"));
    } finally {
      if (running === mine) {
        running = null;
        if (!timer) form.removeAttribute("aria-busy");
      }
    }
  };

  form.addEventListener("input", (event) => {
    // What was wrong with a field may be right now; saving tells.
    const wrong = event.target.closest(".field.wrong");
    if (wrong) {
      wrong.classList.remove("wrong");
      wrong.querySelectorAll(".error").forEach((old) => old.remove());
      event.target.removeAttribute("aria-invalid");
    }
    if (event.target.type === "password") return;
    clearTimeout(timer);
    form.setAttribute("aria-busy", "true"); // what stands beside it is older than it from now on
    timer = setTimeout(() => {
      timer = 0;
      look("look", event.target.hasAttribute("data-shape"));
    }, event.target.type === "text" ? 350 : 50);
  });

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=do]");
    if (!button || !/^(add|fact|inbox|remove|test|look)/.test(button.value)) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = 0;
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
