// The buttons that stop a call, in the banner of every page and in lists. A
// call that this browser began stops at once; another's at the second press.
// Esc pressed twice stops one's own, on every page.

import { stopCall } from "./api";
import { say } from "./words";

const key = "loa-own"; // ids of calls that this browser began
const most = 20;
const sureFor = 4000; // ms

function own(): string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return []; // no storage: every stop is asked twice
  }
}

// remember notes that this browser began a call.
export function remember(id: string): void {
  try {
    localStorage.setItem(key, JSON.stringify([id, ...own()].slice(0, most)));
  } catch {
    // no storage: every stop is asked twice
  }
}

const twiceWithin = 1000; // ms
let escaped = -Infinity;

document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || e.repeat || document.querySelector("dialog[open]")) return;
  const twice = e.timeStamp - escaped < twiceWithin;
  escaped = e.timeStamp;
  if (!twice) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("#air button[data-stop]")) if (own().includes(button.dataset.stop!) || "own" in button.dataset) stop(button, button.dataset.stop!);
});

document.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLButtonElement>("button[data-stop]");
  const id = button?.dataset.stop;
  if (!button || !id) return;
  if (!own().includes(id) && button.dataset.busy === undefined) {
    const word = button.textContent;
    button.dataset.busy = ""; // nothing is swapped meanwhile
    button.textContent = say("air_stop_sure");
    window.setTimeout(() => {
      delete button.dataset.busy;
      if (!button.disabled) button.textContent = word;
    }, sureFor);
    return;
  }
  stop(button, id);
});

function stop(button: HTMLButtonElement, id: string): void {
  button.disabled = true;
  stopCall(id)
    .catch(() => {
      button.textContent = say("air_failed");
      button.disabled = false;
    })
    .finally(() => delete button.dataset.busy);
}
