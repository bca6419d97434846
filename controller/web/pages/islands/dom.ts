// Small helpers of the islands.

// byID returns an element that the page must have.
export function byID<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error("the page has no #" + id);
  return found as T;
}

// tell puts a sentence into an element, or hides it for "". It is written only
// when it changes: a screen reader says it again otherwise.
export function tell(el: HTMLElement, text: string): void {
  if (el.textContent !== text) el.textContent = text;
  if (el.hidden !== (text === "")) el.hidden = text === "";
}

// show writes a level in dBFS into a meter.
export function show(meter: HTMLElement, level: number): void {
  const least = -60;
  const v = Math.min(0, Math.max(least, level));
  const bar = meter.firstElementChild as HTMLElement;
  bar.style.transform = `scaleX(${(v - least) / -least})`;
  meter.classList.toggle("loud", v > -3);
  meter.setAttribute("aria-valuenow", v.toFixed(0));
}
