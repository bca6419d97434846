// Keeps a page true without a reload: the server says what changed, and the
// page asks for its parts that show it anew. An element with data-part="p" is
// filled by ?part=p when one of the kinds of news in its data-on comes, and
// every data-every seconds; data-from is the page it is of where that is not at
// this address, which answered a form. When the link to the server is lost the page says
// so, because old news must not look like new.

import { beep } from "./beep";
import { foldsOf, refold } from "./folds";

const calm = 300; // ms: several changes at once are one look

const stale = document.querySelector<HTMLElement>("#stale");
const parts = [...document.querySelectorAll<HTMLElement>("[data-part]")];
const waiting = new Set<HTMLElement>();
let pending = 0;
let running = false;

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const fields = (part: HTMLElement) => [...part.querySelectorAll<Field>("input, select, textarea")];

const ticked = (f: Field): f is HTMLInputElement => f instanceof HTMLInputElement && (f.type === "checkbox" || f.type === "radio");

// pressed is what a finger or a mouse is down on. A click is of what was under both its
// ends: what is put in the place of that between them would lose it.
let pressed: Node | null = null;
const released = () => window.setTimeout(() => (pressed = null)); // the click comes first
addEventListener("pointerdown", (e) => (pressed = e.target as Node), true);
for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, released, true);

// inHand says that somebody is pressing something in the part, holding a button of it,
// writing or choosing in it, or listening to it: it must not be taken out of their hands.
function inHand(part: HTMLElement): boolean {
  if (pressed && part.contains(pressed)) return true;
  if ([...part.querySelectorAll("audio")].some((a) => !a.paused && !a.ended)) return true;
  return part.querySelector("[data-busy]") !== null || fields(part).some((f) => f === document.activeElement && !ticked(f));
}

// changed says that a field holds what whoever reads the page put there.
function changed(f: Field): boolean {
  if (f instanceof HTMLSelectElement) return f.selectedOptions[0] !== usual(f);
  return ticked(f) ? f.checked !== f.defaultChecked : f.value !== f.defaultValue;
}

// usual is what a list has chosen by itself.
const usual = (f: HTMLSelectElement) => [...f.options].find((o) => o.defaultSelected) ?? f.options[0];

// named is each field by its id, or else by its form and name.
function named(part: HTMLElement): Map<string, Field> {
  return new Map(fields(part).map((f) => [f.id || [f.form?.getAttribute("action"), f.closest("details")?.id, f.name, ticked(f) ? f.value : ""].join(" "), f]));
}

async function refresh(): Promise<void> {
  if (running) return schedule();
  running = true;
  const now = [...waiting].filter((part) => !inHand(part));
  now.forEach((part) => waiting.delete(part));
  try {
    for (const part of now) {
      const everywhere = ["air", "notices", "machine"].includes(part.dataset.part!); // what all pages have
      const from = new URL(everywhere ? "/" : (part.dataset.from ?? location.href), location.href); // with what was chosen or looked for
      from.searchParams.set("part", part.dataset.part!);
      const answer = await fetch(from, { headers: { Accept: "text/html" } });
      if (answer.status === 401) {
        location.reload();
        return;
      }
      if (answer.ok) swap(part, await answer.text());
      else waiting.add(part);
    }
    lost(false);
  } catch {
    now.forEach((part) => waiting.add(part));
    lost(true);
  } finally {
    running = false;
  }
  if (waiting.size > 0) schedule(1000);
}

// swap changes the content, but leaves open or folded what was so, keeps what
// the reader wrote, and the focus where it was.
function swap(part: HTMLElement, html: string): void {
  if (inHand(part)) {
    waiting.add(part);
    return;
  }
  const folds = foldsOf(part);
  const kept = [...named(part)].filter(([, f]) => changed(f));
  const focus = part.contains(document.activeElement) ? keyOf(document.activeElement) : "";
  part.innerHTML = html;
  refold(part, folds);
  const fresh = named(part);
  for (const [name, old] of kept) {
    const f = fresh.get(name);
    if (!f) continue;
    if (ticked(f)) f.checked = (old as HTMLInputElement).checked;
    else f.value = old.value;
  }
  if (focus) part.querySelector<HTMLElement>(focus)?.focus();
  ring();
}

// What has rung, or was there when the page was opened. An urgent message of a villager
// rings once on each page that is open.
const rung = new Set<string>();

function ring(quiet = false): void {
  const fresh = [...document.querySelectorAll<HTMLElement>("[data-ring]")].map((e) => e.dataset.ring!).filter((id) => !rung.has(id));
  fresh.forEach((id) => rung.add(id));
  if (fresh.length > 0 && !quiet) beep();
}

function keyOf(el: Element | null): string {
  if (!(el instanceof HTMLElement)) return "";
  if (el.id) return "#" + CSS.escape(el.id);
  if (el.matches("details[id] > summary")) return `#${CSS.escape(el.parentElement!.id)} > summary`;
  return el.dataset.stop ? `[data-stop="${CSS.escape(el.dataset.stop)}"]` : "";
}

function schedule(after = calm): void {
  if (!pending) {
    pending = window.setTimeout(() => {
      pending = 0;
      void refresh();
    }, after);
  }
}

function lost(is: boolean): void {
  if (stale) stale.hidden = !is;
}

function due(which: (part: HTMLElement) => boolean): void {
  parts.filter(which).forEach((part) => waiting.add(part));
  if (waiting.size > 0) schedule();
}

// renew has a part asked for anew, with what is chosen now.
export function renew(name: string): void {
  due((part) => part.dataset.part === name);
}

const again = 3000; // ms

// listen comes back by itself, unless the server answers with a refusal: then the
// parts are asked for, for whoever is signed in no more must know, and then it.
function listen(): void {
  const events = new EventSource("/api/v1/events");
  events.addEventListener("changed", (e) => due((part) => (part.dataset.on ?? "").split(" ").includes((e as MessageEvent<string>).data)));
  events.onopen = () => due(() => true);
  events.onerror = () => {
    lost(true);
    if (events.readyState !== EventSource.CLOSED) return;
    due(() => true);
    window.setTimeout(listen, again);
  };
}

ring(true);
listen();
// "in 3 minutes" grows old by itself.
for (const part of parts) {
  const every = Number(part.dataset.every);
  if (every > 0) window.setInterval(() => due((p) => p === part), every * 1000);
}
