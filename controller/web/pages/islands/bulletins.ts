// Bản tin: made, heard, scheduled, on one screen.

import "./refresh";
import "./air";
import { get, post, put, sentence } from "./api";
import { Recorder } from "./bulletins-record";
import { type Clip, progress, remarks, speak, upload, voiceFailed } from "./bulletins-send";
import { type Bulletin, Variant } from "./bulletins-variant";
import { Sound } from "./bulletins-sound";
import { type When, watch as watchWhen, way as whenWay, when } from "./bulletins-when";
import { byID, tell } from "./dom";
import { dayAfter, instant, quiet } from "./pages";
import { type Chosen, chosen, watch as watchPlaces } from "./places";
import { type Reading, reading } from "./reading";
import { Filling } from "./template";
import { clock, say } from "./words";

const title = byID<HTMLInputElement>("title");
const text = byID<HTMLTextAreaElement>("text");
const voice = byID<HTMLSelectElement>("voice");
const style = byID<HTMLSelectElement>("style");
const field = byID<HTMLInputElement>("field");
const expires = byID<HTMLInputElement>("expires");
const file = byID<HTMLInputElement>("file");
const save = byID<HTMLButtonElement>("save");
const trouble = byID("trouble");
const main = document.querySelector<HTMLElement>("main")!;

const sound = new Sound();
const recorder = new Recorder((pcm) => sound.samples(pcm), () => sound.clear());
let said: Reading | null = null; // how it will be
let left: string[] = []; // of the paper, not to be said
let instead = false; // the person has said that the built-in voice may speak
let made: { of: string; clip: Clip } | null = null; // what the server holds already, and of what
let kept: Bulletin | null = null; // saved, but its programme was refused
let reused: { id: string; title: string; class: string; seconds: number } | null = null;

const variant = new Variant(() => {
  reuse(null);
  recorder.close();
  sound.clear();
  update();
});

const picked = (name: string) => document.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)?.value ?? "";
const way = () => picked("way");

// --- what is being written survives a reload, but not the sound of it

const draftKey = "loa-bulletin";
const placesKey = "loa-bulletin-places";

function keepDraft(): void {
  try {
    localStorage.setItem(draftKey, JSON.stringify({ title: title.value, text: text.value, field: field.value, leave: said?.paper.leave() ?? left }));
  } catch {
    // no storage: not kept, then
  }
}

function readDraft(): void {
  try {
    const d = JSON.parse(localStorage.getItem(draftKey) ?? "{}") as Record<string, unknown>;
    for (const [el, value] of [[title, d.title], [text, d.text], [field, d.field]] as const) if (typeof value === "string") el.value = value;
    if (Array.isArray(d.leave)) left = d.leave.map(String);
    const areas = JSON.parse(localStorage.getItem(placesKey) ?? "null") as unknown;
    const boxes = [...document.querySelectorAll<HTMLInputElement>("#places input[name=area]")];
    if (Array.isArray(areas) && boxes.some((b) => areas.includes(b.value) && !b.disabled)) for (const b of boxes) b.checked = areas.includes(b.value);
  } catch {
    // it is a new one, then
  }
}

// --- what the form shows

function update(): void {
  for (const el of document.querySelectorAll<HTMLElement>("[data-way]")) el.hidden = el.dataset.way !== way();
  byID("emergency-note").hidden = picked("class") !== "emergency";
  const words = text.value.trim().split(/\s+/).filter(Boolean).length;
  tell(byID("about"), words ? say("bul_about", clock(words / 3.2)) : "");
  const scheduled = whenWay() !== "none";
  variant.show();
  if (!variant.of) byID("places").hidden = !scheduled;
  tell(save, variant.of ? say("bul_variant_save") : scheduled ? say("bul_do") : say("bul_do_save"));
}

function changeWay(): void {
  sound.clear();
  tell(byID("sound-note"), "");
  if (way() !== "record") recorder.close();
  if (way() === "upload" && file.files?.length) void showFile();
  update();
}

async function showFile(): Promise<void> {
  const f = file.files?.[0];
  tell(byID("sound-note"), "");
  if (!f) return sound.clear();
  if (!variant.of && !title.value.trim()) title.value = f.name.replace(/\.[^.]+$/, "").replace(/[_]+/g, " ");
  const shown = f.size <= 12 << 20 && (await sound.decode(await f.arrayBuffer(), true));
  if (!shown) {
    sound.clear();
    tell(byID("sound-note"), say("bul_file_large"));
  }
}

// --- the sound becomes a clip

async function clipOf(): Promise<Clip> {
  const w = way();
  const words = text.value.trim();
  if (w === "text" && !variant.speaks) throw new Problem(say("bul_variant_voice"), variant.of ? byID("language") : variant.first);
  if (w === "text" && !words) throw new Problem(say("bul_no_text"), text);
  const table = w === "text" ? said?.paper.undecided() : null;
  if (table) throw new Problem(say("bul_table"), table);
  const leave = said?.paper.leave() ?? [];
  if (w === "record" && !sound.buffer) throw new Problem(say("bul_no_record"), byID("record"));
  const f = file.files?.[0];
  if (w === "upload" && !f) throw new Problem(say("bul_no_file"), file);
  const spoken = { text: words, voice: voice.value, style: style.value || (picked("class") === "emergency" ? "urgent" : undefined), headline: variant.of ? "" : title.value.trim(), instead, leave };
  const of = w === "text" ? JSON.stringify(spoken) : `${w} ${f?.name} ${f?.lastModified} ${sound.buffer?.length} ${sound.from} ${sound.to}`;
  if (made?.of === of) return made.clip; // not twice
  let clip: Clip;
  if (w === "text") clip = await speak(spoken);
  else if (w === "record") clip = await upload(sound.wav(), title.value.trim() + ".wav");
  else clip = sound.cut ? await upload(sound.wav(), f!.name.replace(/\.[^.]+$/, "") + ".wav") : await upload(f!, f!.name);
  made = { of, clip };
  tell(byID("sound-note"), remarks(clip));
  kept = null;
  return clip;
}

class Problem extends Error {
  constructor(sentence: string, readonly at: HTMLElement) {
    super(sentence);
  }
}

async function listen(): Promise<void> {
  const button = byID<HTMLButtonElement>("listen");
  calm();
  button.disabled = true;
  try {
    const clip = await clipOf();
    const answer = await fetch(`/api/v1/clips/${clip.id}/audio`);
    if (!answer.ok) throw new Error(say("call_unreachable"));
    if (await sound.decode(await answer.arrayBuffer(), false)) byID("play").click();
  } catch (err) {
    fail(err, listen);
  } finally {
    button.disabled = false;
  }
}

// --- saving, and putting it into the calendar

async function submit(): Promise<void> {
  calm();
  byID("done").hidden = true;
  save.disabled = true;
  try {
    if (variant.of) {
      const { name, state } = await variant.save(await clipOf());
      finish(say("bul_variant_saved", variant.of.title, name), state);
      variant.begin(null);
      return;
    }
    if (!reused && !title.value.trim()) throw new Problem(say("bul_no_title"), title);
    const at = when();
    const where = chosen();
    if (at && where.nodes === 0) throw new Problem(say("bul_no_place"), byID("places").querySelector<HTMLElement>("input:not(:disabled)") ?? save);
    const clip = reused ? null : await clipOf();
    const length = reused?.seconds ?? clip!.seconds;
    if (at && !(await sure(at, where, length))) return;
    const bulletin = reused ?? (await saveBulletin(clip!));
    if (!at) {
      finish(say("bul_saved", bulletin.title), kept?.approval?.state ?? "");
      return;
    }
    const state = await place(bulletin.id, bulletin.title, at, where);
    finish(state === "approved" ? say("bul_placed", bulletin.title, at.text, where.names) : say("bul_placed_wait", bulletin.title, at.text, where.names), state);
  } catch (err) {
    fail(err, submit);
  } finally {
    progress("");
    save.disabled = false;
  }
}

async function saveBulletin(clip: Clip): Promise<Bulletin> {
  const last = expires.value ? instant(dayAfter(expires.value, 1), "00:00") : null;
  const body = { title: title.value.trim(), class: picked("class"), field: field.value.trim(), language: variant.first.value, clips: { [variant.first.value]: clip.id },
    ...(way() === "text" ? { summary: text.value.trim().slice(0, 2000) } : {}), ...(last ? { expires: last.toISOString() } : {}) };
  kept = kept ? await put<Bulletin>(`/bulletins/${kept.id}`, body) : await post<Bulletin>("/bulletins", body);
  return kept;
}

async function place(id: string, name: string, at: When, where: Chosen): Promise<string> {
  progress(say("bul_storing"));
  try {
    const p = await post<Bulletin>("/programmes", { title: name, class: reused?.class ?? picked("class"), ...at.rule, targets: where.targets, rundown: [{ chime: true }, { bulletin: id }] });
    return p.approval?.state ?? "";
  } catch (err) {
    throw reused ? err : new Error(say("bul_half", sentence(err)));
  }
}

// sure asks only where much hangs on it: all villages, an emergency, or quiet
// hours.
function sure(at: When, where: Chosen, length: number): Promise<boolean> {
  const all = where.nodes >= Number(main.dataset.nodes);
  const hours = quiet(at.first);
  const alarm = (reused?.class ?? picked("class")) === "emergency";
  if (!all && !hours && !alarm) return Promise.resolve(true);
  progress("");
  const dialog = byID<HTMLDialogElement>("sure");
  tell(byID("sure-what"), say("bul_sure", reused?.title ?? title.value.trim(), where.names, where.nodes, clock(length), at.text));
  tell(byID("sure-quiet"), hours && !alarm ? say("bul_sure_quiet", hours.replace("-", "–")) : "");
  dialog.returnValue = "";
  dialog.showModal();
  byID("sure-yes").onclick = () => dialog.close("yes");
  byID("sure-no").onclick = () => dialog.close("");
  return new Promise((done) => (dialog.onclose = () => done(dialog.returnValue === "yes")));
}

function finish(line: string, state: string): void {
  try {
    localStorage.setItem(placesKey, JSON.stringify(chosen().targets.areas));
    localStorage.removeItem(draftKey);
  } catch {
    // not remembered, then
  }
  const done = byID("done");
  done.className = state === "approved" ? "well done" : "waits done";
  const words: Record<string, string> = { approved: "✓ " + say("approval_approved"), waiting: "⧗ " + say("approval_waiting"), draft: "✎ " + say("approval_draft"), returned: "↩ " + say("approval_returned") };
  tell(done, [words[state] ? `${line} ${words[state]}.` : line, remarks(reused ? null : (made?.clip ?? null))].filter(Boolean).join(" "));
  [made, kept, instead] = [null, null, false];
  variant.first.value = "vi";
  for (const el of [title, text, field, expires, file]) el.value = "";
  reuse(null);
  sound.clear();
  tell(byID("sound-note"), "");
  update();
  done.focus();
  done.scrollIntoView({ block: "nearest" });
}

function calm(): void {
  tell(trouble, "");
  byID("instead").hidden = true;
}

// fail says what is wrong; where it is the voice, another may speak in what is tried again.
function fail(err: unknown, again: () => Promise<void>): void {
  progress("");
  tell(trouble, sentence(err));
  const box = byID("instead");
  box.hidden = !voiceFailed(err);
  box.querySelector("button")!.onclick = (e) => {
    e.preventDefault();
    instead = true;
    void again();
  };
  if (err instanceof Problem) err.at.focus();
  trouble.scrollIntoView({ block: "nearest" });
}

// --- the list

function reuse(b: typeof reused): void {
  reused = b;
  byID("reuse").hidden = b === null;
  byID("content").hidden = b !== null;
  if (!b) return;
  recorder.close();
  sound.clear();
  tell(byID("reuse-what"), say("bul_reusing", b.title));
  byID("make").scrollIntoView({ block: "start" });
  document.querySelector<HTMLInputElement>("input[name=when]:checked")?.focus();
}

const list = byID("list");

list.addEventListener("click", (e) => {
  const button = (e.target as Element).closest<HTMLElement>("button");
  const row = button?.closest<HTMLElement>("article");
  if (!button || !row) return;
  const b = { id: row.dataset.id!, title: row.dataset.title! };
  if ("reuse" in button.dataset) {
    variant.begin(null);
    reuse({ ...b, class: row.dataset.class!, seconds: Number(row.dataset.seconds) });
  } else if ("variant" in button.dataset) variant.begin(b);
  else if ("first" in button.dataset || "drop" in button.dataset) void variant.change(row, button);
});

list.addEventListener("submit", (e) => {
  e.preventDefault();
  void rename(e.target as HTMLFormElement);
});

async function rename(form: HTMLFormElement): Promise<void> {
  const row = form.closest<HTMLElement>("article")!;
  const path = `/bulletins/${row.dataset.id}`;
  try {
    const old = await get<Bulletin>(path);
    await put(path, { ...old, title: form.querySelector("input")!.value.trim(), draft: old.approval?.state === "draft" });
    form.closest("details")!.open = false; // the list comes anew by itself
  } catch (err) {
    tell(form.querySelector<HTMLElement>(".wrong")!, sentence(err));
  }
}

// what is typed into the search narrows the list at once; Enter looks through
// all that there ever was
const search = byID<HTMLInputElement>("search");

function narrow(): void {
  const words = search.value.trim().toLowerCase();
  for (const row of list.querySelectorAll<HTMLElement>("article")) row.hidden = !row.innerText.toLowerCase().includes(words) && !row.textContent!.toLowerCase().includes(words);
}

search.addEventListener("input", narrow);
new MutationObserver(narrow).observe(list, { childList: true });

// --- begin

async function voices(): Promise<void> {
  try {
    const answer = await fetch("/api/v1/voices", { headers: { Accept: "application/json" } });
    const { items } = (await answer.json()) as { items: { id: string; label: string; engine: string }[] };
    for (const v of items) voice.add(new Option(v.id.includes("/") ? `${v.label} (${v.engine})` : v.label, v.id));
  } catch {
    // the usual voice is there
  }
}

// --- a template writes title and text

const templates = byID<HTMLSelectElement>("template");
let written = ""; // the title that it wrote
const filling = new Filling(byID("composed"), () => templates.value, () => chosen().names, () => {
  text.value = filling.composed!.text;
  if (!title.value.trim() || title.value === written) title.value = written = filling.composed!.title;
  text.dispatchEvent(new Event("input", { bubbles: true })); // it is counted, read and kept
});
templates.addEventListener("change", () => filling.update());
byID("templates").addEventListener("toggle", () => filling.update());

readDraft();
watchPlaces(update);
watchWhen(update);
byID("make").addEventListener("submit", (e) => {
  e.preventDefault();
  if (!save.disabled) void submit();
});
byID("make").addEventListener("input", () => {
  keepDraft();
  update();
});
for (const radio of document.querySelectorAll<HTMLInputElement>("input[name=way]")) radio.addEventListener("change", changeWay);
for (const radio of document.querySelectorAll<HTMLInputElement>("input[name=class]")) radio.addEventListener("change", update);
file.addEventListener("change", () => void showFile());
byID("listen").onclick = () => void listen();
byID("reuse-not").onclick = () => reuse(null);
changeWay();
void voices();

voice.addEventListener("change", () => (instead = false));
said = reading(text, { wanted: () => voice.value === "" || voice.value.startsWith("vi") || voice.value.includes("/"), voice: () => voice.value, leave: left, changed: keepDraft });
