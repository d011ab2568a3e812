// The little that pages cannot do without a script. Every page works without it.
"use strict";

// A time zone that nobody gave yet is the browser's.
for (const field of document.querySelectorAll("[data-time-zone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !field.dataset.given) field.value = zone;
}

// Copy buttons are shown only where copying works.
function showCopyButtons() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}
showCopyButtons();
document.addEventListener("htmx:after:swap", showCopyButtons);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const source = button && document.getElementById(button.dataset.copy);
  if (!source) return;
  const label = button.querySelector("span");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Could not copy";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
});

// Nothing moves under the pointer: while it rests on something that can be pressed, or a field is being
// edited, what comes in for that part of the page waits, but not for long.
document.addEventListener("htmx:sse:before:message", (event) => {
  const busy = () => event.target.querySelector(":is(a, button, summary, input, select):hover, :is(input, select, textarea):focus");
  if (!event.target.hasAttribute("data-calm") || !busy()) return;
  event.detail.waitUntil(new Promise((resolve) => {
    const started = performance.now();
    const look = setInterval(() => {
      if (busy() && performance.now() - started < 3000) return;
      clearInterval(look);
      resolve();
    }, 100);
  }));
});

// A log that is followed does not grow for ever.
document.addEventListener("htmx:sse:after:message", () => {
  for (const lines of document.querySelectorAll(".log .lines")) {
    while (lines.childElementCount > 2000) lines.firstElementChild.remove();
  }
});

// A form is sent once: a second press of its button does nothing.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
