// Pages about what happened work without this script. With it, times are those of the
// browser's zone and say how long ago they were, and what can change is asked for again
// while somebody looks.
"use strict";

{
  const two = (n) => String(n).padStart(2, "0");
  const zoneOf = (at) => {
    const minutes = -at.getTimezoneOffset();
    return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  };
  const clock = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const ago = (at) => {
    const seconds = Math.round((at - Date.now()) / 1000);
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) || units[3];
    return relative.format(Math.trunc(seconds / size), unit);
  };

  const times = () => {
    document.querySelectorAll("[data-zone]").forEach((zone) => { zone.textContent = zoneOf(new Date()); });
    document.querySelectorAll("time[datetime]:not([data-ago])").forEach((time) => {
      const at = new Date(time.dateTime);
      if (isNaN(at)) return;
      time.textContent = clock(at);
      time.title = `${clock(at)} ${zoneOf(at)}`;
      let beside = time.nextElementSibling;
      if (!beside || !beside.classList.contains("ago")) {
        beside = document.createElement("span");
        beside.className = "ago";
        time.after(" ", beside);
      }
      if (beside.textContent !== ago(at)) beside.textContent = ago(at);
    });
    document.querySelectorAll("svg title[data-at]").forEach((title) => {
      title.textContent = `${clock(new Date(title.dataset.at))}: ${title.dataset.says}`;
    });
  };
  times();
  setInterval(times, 20000);

  // What is there is replaced only when the server says something else, and never
  // under the hands of somebody who marks a text in it.
  const id = document.querySelector("[data-fresh]")?.id;
  const every = Number(document.querySelector("[data-fresh]")?.dataset.fresh) * 1000;
  let said = "";
  let wait = every;
  const look = async () => {
    const old = document.getElementById(id);
    if (!old?.dataset.fresh) return; // nothing more becomes of it
    const selection = document.getSelection();
    const marked = selection && !selection.isCollapsed && old.contains(selection.anchorNode);
    if (!document.hidden && !marked) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const part = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
        if (!answer.ok || !part) throw new Error("another page");
        wait = every;
        if (said && part.innerHTML !== said) put(old, part);
        said = part.innerHTML;
      } catch {
        wait = Math.min(wait * 2, 60000); // the server may be away for a while
      }
    }
    setTimeout(look, wait);
  };
  const put = (old, part) => {
    const same = [...old.querySelectorAll("a, button, summary, [tabindex]")];
    const at = same.indexOf(document.activeElement);
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const key = (one) => one && one.tagName + (one.getAttribute("href") || one.textContent);
    const held = key(same[at]);
    const next = document.importNode(part, true);
    old.replaceWith(next);
    next.querySelectorAll("details").forEach((one, i) => { one.open = open[i] ?? one.open; });
    if (at >= 0) [...next.querySelectorAll("a, button, summary, [tabindex]")].find((one) => key(one) === held)?.focus({ preventScroll: true });
    times();
  };
  if (id) setTimeout(look, 0);
}
