// A bulletin in further languages: they are heard one after the other. What is
// made with the form becomes one of them; the list says which comes first.

import { get, put, sentence } from "./api";
import { type Clip } from "./bulletins-send";
import { byID, tell } from "./dom";
import { say } from "./words";

export interface Bulletin {
  id: string;
  title: string;
  language: string;
  clips: Record<string, string>;
  approval?: { state: string };
}

const spoken = ["vi", "en"]; // by the machine

export class Variant {
  of: { id: string; title: string } | null = null;

  readonly first = byID<HTMLSelectElement>("first-language"); // of a new bulletin
  private readonly language = byID<HTMLSelectElement>("language");

  constructor(private readonly changed: () => void) {
    byID("variant-not").onclick = () => this.begin(null);
    this.language.onchange = changed;
  }

  // begin has the form make another language of a bulletin; null: a new one.
  begin(b: typeof this.of): void {
    if (!b && !this.of) return;
    this.of = b;
    if (b) this.language.value = "tyz";
    this.changed();
    if (!b) return;
    tell(byID("variant-what"), say("bul_variant_of", b.title));
    byID("make").scrollIntoView({ block: "start" });
    this.language.focus();
  }

  show(): void {
    byID("variant").hidden = this.of === null;
    for (const el of document.querySelectorAll<HTMLElement>("[data-new]")) el.hidden = this.of !== null;
  }

  // speaks says whether the machine can read a text in that language.
  get speaks(): boolean {
    return spoken.includes((this.of ? this.language : this.first).value);
  }

  async save(clip: Clip): Promise<{ name: string; state: string }> {
    const b = await get<Bulletin>(`/bulletins/${this.of!.id}`);
    b.clips[this.language.value] = clip.id;
    const state = await store(b);
    return { name: this.language.selectedOptions[0]!.text, state };
  }

  // change puts one of a row's languages first, or takes it away.
  async change(row: HTMLElement, button: HTMLElement): Promise<void> {
    const code = button.closest<HTMLElement>("[data-code]")!.dataset.code!;
    try {
      const b = await get<Bulletin>(`/bulletins/${row.dataset.id}`);
      if ("first" in button.dataset) b.language = code;
      else {
        delete b.clips[code];
        if (b.language === code) b.language = Object.keys(b.clips)[0] ?? code;
      }
      await store(b); // the list comes anew by itself
    } catch (err) {
      tell(row.querySelector<HTMLElement>(".trouble")!, sentence(err));
    }
  }
}

async function store(b: Bulletin): Promise<string> {
  const now = await put<Bulletin>(`/bulletins/${b.id}`, { ...b, draft: b.approval?.state === "draft" });
  return now.approval?.state ?? "";
}
