// The dictionary: the built-in words narrow as one types, a word is heard before it is
// kept, and a CSV file comes into the list.

import "./refresh";
import "./air";
import { byID } from "./dom";
import { Listening } from "./reading-listen";
import { say } from "./words";

const most = 60; // that are shown at once
const search = byID<HTMLInputElement>("search");
const rows = [...document.querySelectorAll<HTMLElement>("#list > li")].map((row) => ({ row, words: row.firstElementChild!.textContent!.toLowerCase() }));

search.addEventListener("input", () => {
  const words = search.value.trim().toLowerCase();
  let n = 0;
  for (const r of rows) {
    const found = r.words.includes(words);
    if (found) n++;
    r.row.hidden = !found || n > most;
  }
  byID("count").textContent = n > most ? say("dictionary_many", n, most) : say("dictionary_found", n);
});

const form = document.querySelector<HTMLFormElement>("#word"); // for one who may change it
if (form) {
  const listening = new Listening(() => ({ text: form.querySelector<HTMLInputElement>("input[name=say]")!.value, leave: [], voice: "" }), document.createElement("p"), byID("hear-line"));
  const hear = byID<HTMLButtonElement>("hear");
  hear.hidden = false;
  hear.after(listening.button);
  hear.onclick = () => void listening.from(0);
  byID<HTMLInputElement>("csv").addEventListener("change", async (e) => {
    const file = (e.target as HTMLInputElement).files?.[0];
    if (file) document.querySelector<HTMLTextAreaElement>("textarea[name=words]")!.value = (await file.text()).replace(/^\uFEFF/, "");
  });
}
