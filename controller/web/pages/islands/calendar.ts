// Lịch phát: press an airing to skip, move, copy or cancel it; or drag it.

import "./refresh";
import "./air";
import { get, post, put, remove, sentence } from "./api";
import { minuteOf, place } from "./calendar-grid";
import { type Grip, type Hand, Hold } from "./calendar-hold";
import { byID, tell } from "./dom";
import { dated, instant, local, moment, now, runsQuiet } from "./pages";
import { clock, english, say } from "./words";

interface Programme {
  title: string;
  where: string;
  nodes: number;
  seconds: number;
  repeats: boolean;
  words?: { vi: string; en: string }; // what its rule means
  except?: string[];
  may: boolean;
  waits?: boolean; // a change takes it off the air until it is approved
  all?: string[]; // the villages, if it reaches every one
  alarm?: boolean;
  stream?: number; // s; of the one station that is passed on
}

interface Stored {
  approval?: { state: string };
  rundown?: { stream?: string; length_s?: number }[];
  [key: string]: unknown;
}

// Airing is the one that the panel shows.
interface Airing {
  id: string;
  start: Date;
  state: string;
  programme: Programme;
}

const main = byID("main");
const panel = byID<HTMLDialogElement>("panel");
const trouble = byID("panel-trouble");
let open: Airing | null = null;

function airingOf(slot: HTMLElement): Airing | null {
  const all = JSON.parse(main.querySelector<HTMLElement>("[data-programmes]")?.dataset.programmes ?? "{}") as Record<string, Programme>;
  const programme = all[slot.dataset.programme ?? ""];
  if (!programme) return null;
  return { id: slot.dataset.programme!, start: new Date(slot.dataset.start!), state: slot.dataset.state!, programme };
}

// --- the panel

main.addEventListener("click", (e) => {
  const slot = (e.target as Element).closest<HTMLElement>(".slot");
  const airing = slot && airingOf(slot);
  if (airing) show(airing, slot.querySelector("i")?.innerText ?? "");
});

function show(a: Airing, state: string): void {
  open = a;
  const p = a.programme;
  const past = a.start.getTime() <= now().getTime();
  tell(byID("panel-title"), p.title);
  tell(byID("panel-when"), say("cal_panel_when", moment(a.start), clock(p.seconds)));
  tell(byID("panel-rule"), p.words ? "↻ " + (english ? p.words.en : p.words.vi) : "");
  tell(byID("panel-where"), say("cal_panel_where", p.where, p.nodes));
  tell(byID("panel-state"), state);
  tell(trouble, "");
  tell(byID("panel-not"), !p.may ? say("cal_panel_not") : past ? say("cal_panel_past") : "");
  byID("panel-acts").hidden = !p.may;
  const skipped = a.state === "skipped";
  byID("skip").hidden = skipped || past;
  byID("unskip").hidden = !skipped || past;
  byID("move").hidden = skipped || past;
  byID("move-which-label").hidden = !p.repeats;
  byID<HTMLSelectElement>("move-which").value = "this";
  const { day, hour } = local(a.start);
  for (const id of ["move-day", "copy-day", "except-day"]) byID<HTMLInputElement>(id).value = day;
  for (const id of ["move-hour", "copy-hour"]) byID<HTMLInputElement>(id).value = hour;
  byID("resize").hidden = !p.stream;
  tell(byID("resize-not"), p.stream ? "" : say("cal_length_not", clock(p.seconds)));
  byID<HTMLInputElement>("resize-minutes").value = String(Math.round((p.stream ?? 0) / 0.6) / 100);
  byID("except-box").hidden = !p.repeats;
  for (const id of ["copy-box", "except-box"]) byID<HTMLDetailsElement>(id).open = false;
  byID("end").hidden = !p.repeats || skipped || past;
  tell(byID("cancel"), "✕ " + (p.repeats ? say("cal_cancel") : say("cal_cancel_one")));
  listDays(p.except ?? []);
  if (!panel.open) panel.showModal();
}

function listDays(days: string[]): void {
  const list = byID("except-list");
  byID("except-none").hidden = days.length > 0;
  list.replaceChildren(...days.map((day) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "act";
    button.textContent = "✕ " + say("cal_except_undo", dated(day));
    button.onclick = () => void act((a) => airAgain(a, day));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
}

// Deed is what is done with an airing; false: it was thought better of.
type Deed = (a: Airing) => Promise<boolean | void>;

// act does something with the airing that is shown, and closes the panel; what
// is wrong stands in it.
async function act(does: Deed): Promise<void> {
  const a = open;
  if (!a) return;
  tell(trouble, "");
  try {
    if ((await does(a)) !== false) panel.close();
  } catch (err) {
    tell(trouble, sentence(err));
    trouble.scrollIntoView({ block: "nearest" });
  }
}

byID("panel-close").onclick = () => panel.close();
panel.addEventListener("click", (e) => e.target === panel && panel.close()); // beside it

// --- what was done, and undone within ten seconds

const undoFor = 10; // s
let timer = 0;

function done(line: string, undo?: () => Promise<void>): void {
  clearInterval(timer);
  const button = byID<HTMLButtonElement>("toast-undo");
  tell(byID("toast-line"), line);
  byID("toast").hidden = false;
  button.hidden = !undo;
  let left = undoFor;
  const tick = () => {
    if (left-- <= 0) return hide();
    if (undo) button.textContent = "↩ " + say("cal_undo", left + 1);
  };
  tick();
  timer = window.setInterval(tick, 1000);
  button.onclick = async () => {
    clearInterval(timer);
    button.hidden = true;
    try {
      await undo?.();
    } catch (err) {
      done(sentence(err));
    }
  };
}

function hide(): void {
  clearInterval(timer);
  byID("toast").hidden = true;
}

byID("toast-close").onclick = hide;

// --- skip, end, cancel

const path = (a: Airing, does: string) => `/programmes/${encodeURIComponent(a.id)}/${does}`;
const start = (a: Airing) => ({ start: a.start.toISOString() });

async function skip(a: Airing): Promise<void> {
  await post(path(a, "skip"), start(a));
  done(say("cal_done_skip", a.programme.title, moment(a.start)), () => unskip(a));
}

// back is the undo of whatever was just done with a programme: the server puts
// it back as it was, with its approval.
const back = (a: Airing) => async (): Promise<void> => {
  await post(path(a, "restore"), {});
  done(say("cal_done_back", a.programme.title));
};

async function unskip(a: Airing): Promise<void> {
  await post(path(a, "unskip"), start(a));
  done(say("cal_done_unskip", a.programme.title, moment(a.start)));
}

async function end(a: Airing): Promise<boolean | void> {
  const p = a.programme;
  if (!(await sure(say("cal_sure_end", p.title, moment(a.start), p.where, p.nodes)))) return false;
  await post(path(a, "end"), start(a));
  done(say("cal_done_end", p.title, moment(a.start)), back(a));
}

async function cancel(a: Airing): Promise<boolean | void> {
  const p = a.programme;
  if (!(await sure(say("cal_sure_cancel", p.title, p.where, p.nodes)))) return false;
  await remove(`/programmes/${encodeURIComponent(a.id)}`);
  done(say("cal_done_cancel", p.title), back(a));
}

function sure(what: string, yes = say("cal_sure_yes"), no = say("cal_sure_no")): Promise<boolean> {
  const dialog = byID<HTMLDialogElement>("sure");
  tell(byID("sure-what"), what);
  tell(byID("sure-yes"), yes);
  tell(byID("sure-no"), no);
  dialog.returnValue = "";
  dialog.showModal();
  byID("sure-no").focus();
  byID("sure-yes").onclick = () => dialog.close("yes");
  byID("sure-no").onclick = () => dialog.close("");
  return new Promise((answer) => (dialog.onclose = () => answer(dialog.returnValue === "yes")));
}

byID("skip").onclick = () => void act(skip);
byID("unskip").onclick = () => void act(unskip);
byID("end").onclick = () => void act(end);
byID("cancel").onclick = () => void act(cancel);

// --- move and copy

const waits = (p: Stored) => (p.approval?.state === "approved" ? "" : " ⧗ " + say("cal_done_wait"));

// agreed asks where something stands against it; without a reason nobody is
// asked.
async function agreed(what: string, ...reasons: string[]): Promise<boolean> {
  const against = reasons.filter(Boolean);
  return against.length === 0 || sure([what, ...against].join(" "), say("cal_sure_put"), say("cal_sure_back"));
}

// everywhere names the villages of what reaches them all.
const everywhere = (p: Programme) => (p.all ? say("cal_sure_all", p.all.join(", ")) : "");

// silenced says that quiet hours keep it from being heard, in whole or from
// when on.
function silenced(p: Programme, at: Date, seconds: number): string {
  const runs = p.alarm ? null : runsQuiet(at, seconds);
  if (!runs) return "";
  return runs.from.getTime() > at.getTime() ? say("cal_sure_into", local(runs.from).hour, runs.hours) : say("cal_sure_quiet", runs.hours);
}

// offAir says what is not heard until somebody approves the change.
function offAir(p: Programme, part = false): string {
  if (!p.waits) return "";
  return part ? say("cal_sure_wait_part", p.title) : say("cal_sure_wait", p.title, p.where, p.nodes);
}

const lead = (p: Programme, at: Date) => say("cal_sure_at", p.title, moment(at), clock(p.seconds), p.where, p.nodes);

async function move(a: Airing, to: Date, which: string): Promise<boolean | void> {
  const p = a.programme;
  if (!(await agreed(lead(p, to), everywhere(p), silenced(p, to, p.seconds), offAir(p, p.repeats && which !== "all")))) return false;
  const moved = await post<Stored>(path(a, "move"), { ...start(a), to: to.toISOString(), which });
  done(say("cal_done_move", p.title, moment(to)) + waits(moved), back(a));
}

// copy is a programme of its own, once, with the same rundown and places.
async function copy(a: Airing, to: Date): Promise<boolean | void> {
  const known = a.programme;
  if (!(await agreed(lead(known, to), everywhere(known), silenced(known, to, known.seconds)))) return false;
  const p = await read(a);
  for (const key of ["cron", "from", "until", "every_weeks", "except", "extra"]) delete p[key];
  const made = await post<Stored>("/programmes", { ...written(p), at: to.toISOString() });
  done(say("cal_done_copy", a.programme.title, moment(to)) + waits(made), async () => {
    await remove(`/programmes/${encodeURIComponent(String(made.id))}`);
    done(say("cal_done_back", a.programme.title));
  });
}

const read = (a: Airing) => get<Stored>(`/programmes/${encodeURIComponent(a.id)}`);

const change = (a: Airing, p: Stored, by: Partial<Stored>) =>
  put<Stored>(`/programmes/${encodeURIComponent(a.id)}`, { ...p, ...by, draft: p.approval?.state === "draft" });

// written is what a new programme has of one that was read.
function written(p: Stored): Stored {
  const { id, version, seconds, words, next, skipped, cancelled, approval, ...body } = p;
  return body;
}

function chosen(prefix: string): Date {
  const t = instant(byID<HTMLInputElement>(prefix + "-day").value, byID<HTMLInputElement>(prefix + "-hour").value);
  if (!t) throw new Error(say("cal_no_time"));
  return t;
}

function onSubmit(form: string, does: Deed): void {
  byID(form).addEventListener("submit", (e) => {
    e.preventDefault();
    void act(does);
  });
}

onSubmit("move", async (a) => move(a, chosen("move"), a.programme.repeats ? byID<HTMLSelectElement>("move-which").value : "all"));
onSubmit("copy", async (a) => copy(a, chosen("copy")));

// --- the length of what is passed on

async function resize(a: Airing, length_s: number): Promise<boolean | void> {
  const known = a.programme;
  if (!(length_s > 0)) throw new Error(say("cal_no_length"));
  const seconds = known.seconds + length_s - (known.stream ?? 0);
  if (!(await agreed(say("cal_sure_length", known.title, known.where, known.nodes, clock(seconds)), known.repeats ? say("cal_sure_series") : "", silenced(known, a.start, seconds), offAir(known)))) return false;
  const p = await read(a);
  const changed = await change(a, p, { rundown: (p.rundown ?? []).map((item) => (item.stream ? { ...item, length_s } : item)) });
  done(say("cal_done_length", known.title, clock(seconds)) + waits(changed), back(a));
}

onSubmit("resize", (a) => resize(a, Math.round(Number(byID<HTMLInputElement>("resize-minutes").value.replace(",", ".")) * 60)));

// --- days off

onSubmit("except", async (a) => {
  const date = byID<HTMLInputElement>("except-day").value;
  await post(path(a, "except"), { date });
  done(say("cal_done_except", a.programme.title, dated(date)), back(a));
});

async function airAgain(a: Airing, day: string): Promise<boolean | void> {
  if (!(await agreed(say("cal_sure_air", a.programme.title, dated(day)), offAir(a.programme)))) return false;
  const p = await read(a);
  const except = ((p.except as string[] | undefined) ?? []).filter((d) => d !== day);
  const changed = await change(a, p, { except });
  done(say("cal_done_air", a.programme.title, dated(day)) + waits(changed), back(a));
}

// --- taken in hand: dragged, or moved with the arrow keys

const hold = new Hold(main, gripOf, (slot, hand, to, seconds, byKeys) => {
  const airing = airingOf(slot);
  if (!airing) return;
  const p = airing.programme;
  if (byKeys) seek = { title: p.title, start: hand === "length" ? airing.start : to };
  const length = (p.stream ?? 0) + seconds - p.seconds;
  const deed = hand === "move" ? move(airing, to, p.repeats ? "this" : "all") : hand === "copy" ? copy(airing, to) : resize(airing, Math.round(length));
  deed.catch((err) => done(sentence(err)));
}, (why) => done(why));

function gripOf(slot: HTMLElement): Grip | null {
  const a = airingOf(slot);
  if (!a) return null;
  const p = a.programme;
  const free = p.may && a.state !== "skipped" && a.start.getTime() > now().getTime();
  return { title: p.title, start: a.start, seconds: p.seconds, free, edge: free && (p.stream ?? 0) > 0, may: p.may, alarm: p.alarm ?? false };
}

// seek is what has the focus when the page has come anew: what was put down.
let seek: { title: string; start: Date } | null = null;

new MutationObserver(() => {
  const found = [...main.querySelectorAll<HTMLElement>(".slot")].find((slot) => {
    const a = airingOf(slot);
    return seek !== null && a?.programme.title === seek.title && a.start.getTime() === seek.start.getTime() && a.state !== "skipped";
  });
  if (!found) return;
  seek = null;
  found.focus();
}).observe(main, { childList: true });

function byArrows(button: string, hand: Hand): void {
  byID(button).onclick = () => {
    const slot = open && [...main.querySelectorAll<HTMLElement>(".slot")].find((s) => s.dataset.programme === open!.id && new Date(s.dataset.start!).getTime() === open!.start.getTime());
    panel.close();
    if (slot) hold.take(slot, hand);
  };
}

byArrows("move-keys", "move");
byArrows("copy-keys", "copy");
byArrows("length-keys", "length");

// --- where now is

// The line of the grid moves on by itself; the page comes anew less often.
window.setInterval(() => {
  const line = main.querySelector<HTMLElement>(".cal-now");
  const minute = minuteOf(now());
  if (line && line.closest<HTMLElement>(".cal-track")?.dataset.day === local(now()).day) line.className = "cal-now " + place(minute, minute + 1);
}, 60_000);
