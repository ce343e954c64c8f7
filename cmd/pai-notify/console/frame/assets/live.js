// Pages about what happens work without this script. With it, times are those of the
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
  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  const times = () => {
    document.querySelectorAll("[data-zone]").forEach((zone) => { say(zone, zoneOf(new Date())); });
    document.querySelectorAll("time[datetime]").forEach((time) => {
      const at = new Date(time.dateTime);
      if (isNaN(at)) return;
      time.title = `${clock(at)} ${zoneOf(at)}`;
      if ("ago" in time.dataset) return say(time, ago(at));
      say(time, clock(at));
      let beside = time.nextElementSibling;
      if (!beside || !beside.classList.contains("ago")) {
        beside = document.createElement("span");
        beside.className = "ago";
        time.after(" ", beside);
      }
      say(beside, ago(at));
    });
    document.querySelectorAll("svg title[data-at]").forEach((title) => {
      say(title, `${clock(new Date(title.dataset.at))}: ${title.dataset.says}`);
    });
  };

  // A part with data-fresh is asked for again after so many seconds, and replaced when
  // the server says something else: how long ago a time was is not.
  const parts = () => [...document.querySelectorAll("[data-fresh]")];
  const saysOf = (part) => {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("time").forEach((time) => { time.textContent = ""; });
    return copy.innerHTML;
  };
  const said = new Map(parts().map((part) => [part.id, saysOf(part)]));
  times();
  setInterval(times, 20000);

  // The keyboard stays where it is. A part is left alone while somebody marks a text in
  // it, or is at something that the new one has not.
  const put = (old, part) => {
    const selection = document.getSelection();
    if (!selection.isCollapsed && old.contains(selection.anchorNode)) return false;
    const key = (one) => one.tagName + (one.getAttribute("href") || one.getAttribute("aria-label") || one.textContent);
    const held = old.contains(document.activeElement) && document.activeElement;
    const next = document.importNode(part, true);
    const again = held && [...next.querySelectorAll("a, button, summary, [tabindex]")].find((one) => key(one) === key(held));
    if (held && !again) return false;
    const open = new Map([...old.querySelectorAll("details")].map((one, i) => [one.id || i, one.open]));
    next.querySelectorAll("details").forEach((one, i) => { one.open = open.get(one.id || i) ?? one.open; });
    old.replaceWith(next);
    if (again) again.focus({ preventScroll: true });
    return true;
  };

  // What is old is not shown as if it were of now.
  const stale = document.getElementById("stale");
  let good = new Date();
  const old = () => {
    const day = good.toDateString() === new Date().toDateString() ? 11 : 0;
    say(stale, stale.dataset.says.replace("%s", clock(good).slice(day, -3)));
  };

  let later = document.querySelector("[data-later]")?.dataset.later; // what takes long to find out
  let wait = 0;
  let timer = 0;
  let asking = false;
  const look = async () => {
    clearTimeout(timer);
    if (parts().length === 0 || document.hidden || asking) return;
    asking = true;
    const slow = later ? 0 : setTimeout(old, 3000);
    try {
      const answer = await fetch(later || location.href, { credentials: "same-origin", signal: AbortSignal.timeout(20000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok || answer.redirected || !parts().every((part) => page.getElementById(part.id))) throw new Error("another page");
      let all = true;
      for (const part of parts()) {
        const next = page.getElementById(part.id);
        const says = saysOf(next);
        if (next.dataset.later || said.get(part.id) === says) continue;
        if (put(part, next)) said.set(part.id, says);
        else all = false;
      }
      times();
      later = page.querySelector("[data-later]")?.dataset.later;
      wait = 0;
      if (all) good = new Date();
    } catch {
      wait = Math.min(wait * 2, 60000); // the server may be away for a while
    }
    clearTimeout(slow);
    if (Date.now() - good > 1000) old();
    else say(stale, "");
    asking = false;
    again();
  };
  const again = () => {
    wait ||= Math.min(...parts().map((part) => part.dataset.fresh * 1000));
    timer = setTimeout(look, wait);
  };
  document.addEventListener("visibilitychange", look);
  if (later) look(); else if (parts().length > 0) again();
}
