// One bulletin: another recording takes the place of one that it has.

import "./refresh";
import "./air";
import { get, put, sentence } from "./api";
import { Recorder } from "./bulletins-record";
import { type Clip, progress, upload } from "./bulletins-send";
import { Sound } from "./bulletins-sound";
import type { Bulletin } from "./bulletins-variant";
import { byID, tell } from "./dom";
import { reading } from "./reading";
import { say } from "./words";

const form = byID<HTMLFormElement>("replace");
const file = byID<HTMLInputElement>("file");
const save = byID<HTMLButtonElement>("save");
const trouble = byID("trouble");
const sound = new Sound();
const recorder = new Recorder((pcm) => sound.samples(pcm), () => sound.clear());

const way = () => form.querySelector<HTMLInputElement>("input[name=way]:checked")!.value;

function changeWay(): void {
  for (const el of form.querySelectorAll<HTMLElement>("[data-way]")) el.hidden = el.dataset.way !== way();
  sound.clear();
  for (const line of ["sound-note", "trouble"]) tell(byID(line), "");
  if (way() !== "record") recorder.close();
  else file.value = "";
}

async function showFile(): Promise<void> {
  const f = file.files?.[0];
  sound.clear();
  tell(byID("sound-note"), "");
  if (f && !(f.size <= 12 << 20 && (await sound.decode(await f.arrayBuffer(), true)))) tell(byID("sound-note"), say("bul_file_large"));
}

// clipOf uploads what was recorded or chosen, without the ends that were cut.
async function clipOf(): Promise<Clip> {
  const f = file.files?.[0];
  if (way() === "record") {
    if (!sound.buffer) throw new Error(say("bul_no_record"));
    return upload(sound.wav(), form.dataset.title + ".wav");
  }
  if (!f) throw new Error(say("bul_no_file"));
  return sound.cut ? upload(sound.wav(), f.name.replace(/\.[^.]+$/, "") + ".wav") : upload(f, f.name);
}

async function replace(): Promise<void> {
  const path = `/bulletins/${form.dataset.id}`;
  save.disabled = true;
  tell(trouble, "");
  try {
    const clip = await clipOf();
    const b = await get<Bulletin>(path);
    b.clips[byID<HTMLSelectElement>("language").value] = clip.id;
    await put(path, { ...b, draft: b.approval?.state === "draft" });
    location.assign(path + "?saved");
  } catch (err) {
    progress("");
    tell(trouble, sentence(err));
    trouble.scrollIntoView({ block: "nearest" });
    save.disabled = false;
  }
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  if (!save.disabled) void replace();
});
for (const radio of form.querySelectorAll<HTMLInputElement>("input[name=way]")) radio.addEventListener("change", changeWay);
file.addEventListener("change", () => void showFile());
byID("ways").hidden = false; // without this script a file is sent as it is
changeWay();

const spoken = document.querySelector<HTMLTextAreaElement>("textarea[name=text]"); // not of every bulletin
if (spoken) reading(spoken);
