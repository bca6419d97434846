// A template is chosen, its fields are filled, and what it says is shown as it will
// be said. The server composes it, so that page and loudspeakers say the same.

import { post, Refused, sentence } from "./api";
import { tell } from "./dom";
import { say } from "./words";

interface Composed {
  title: string;
  text: string;
}

export interface Said {
  template: string;
  fields: Record<string, string>;
}

const pause = 150; // ms without a key, before the server is asked

// Filling is the fields of the templates on a page.
export class Filling {
  composed: Composed | null = null; // what is said, when nothing is missing
  private asked = "";
  private wait = 0;
  private guessed = ""; // the place that was written for the person

  // line shows what will be said; chosen is the id of the template, "" for none;
  // where is the place that is likely meant; a drill is of any hour.
  constructor(private readonly line: HTMLElement, private readonly chosen: () => string, private readonly where: () => string, private readonly changed: () => void = () => {}, private readonly drill = false) {
    for (const box of document.querySelectorAll<HTMLElement>("[data-fill]")) box.addEventListener("input", () => this.update());
  }

  // update shows the fields of what is chosen, and asks what they say.
  update(): void {
    const id = this.chosen();
    for (const box of document.querySelectorAll<HTMLElement>("[data-fill]")) box.hidden = box.dataset.fill !== id;
    if (!id) return this.show("", null);
    this.guess();
    const said = this.said();
    const key = JSON.stringify(said);
    if (key === this.asked) return;
    this.asked = key;
    this.composed = null;
    clearTimeout(this.wait);
    this.wait = window.setTimeout(() => void this.ask(said, key), pause);
  }

  // said is what is chosen, as the server takes it.
  said(): Said {
    const fields: Record<string, string> = {};
    for (const f of this.fields()) fields[f.dataset.field!] = f.value.trim();
    return { template: this.chosen(), fields };
  }

  // missing has the person go on where something is missing: the sentence says what.
  async missing(): Promise<string> {
    try {
      await post("/templates/" + this.chosen() + "/text", { fields: this.said().fields, drill: this.drill });
      return "";
    } catch (err) {
      this.fields().find((f) => !f.value.trim() && !f.closest("label")!.querySelector("small"))?.focus();
      return sentence(err);
    }
  }

  private fields(): HTMLInputElement[] {
    return [...document.querySelectorAll<HTMLInputElement>(`[data-fill="${this.chosen()}"] [data-field]`)];
  }

  // guess writes the place that is chosen for the sound into the field for it, until
  // the person writes another.
  private guess(): void {
    const field = this.fields().find((f) => f.dataset.field === "where");
    const now = this.where();
    if (!field || field === document.activeElement || (field.value && field.value !== this.guessed)) return;
    if (now.length <= field.maxLength) field.value = this.guessed = now;
  }

  private async ask(said: Said, key: string): Promise<void> {
    try {
      const got = await post<Composed>("/templates/" + said.template + "/text", { fields: said.fields, drill: this.drill });
      if (key === this.asked) this.show(say("tpl_preview") + " “" + got.text + "”", got);
    } catch (err) {
      if (key !== this.asked) return;
      if (!(err instanceof Refused)) this.asked = ""; // the next change asks again
      this.show(sentence(err), null);
    }
  }

  private show(text: string, composed: Composed | null): void {
    if (!this.chosen()) this.asked = "";
    this.composed = composed;
    tell(this.line, text);
    this.line.classList.toggle("ready", composed !== null);
    if (composed) this.changed();
  }
}
