// Listening to a text from any sentence on, as it will be said. Each sentence is
// fetched by itself, the next one while this one sounds; starting another place, or
// typing, ends it.

import { Refused } from "./api";
import { tell } from "./dom";
import { english, say } from "./words";

export interface Told {
  text: string;
  leave: string[];
  voice: string;
}

interface Part {
  sound: AudioBuffer | null; // null: nothing is said
  to: number; // where the next sentence begins
}

export class Listening {
  readonly button = document.createElement("button"); // that ends it
  private context: AudioContext | null = null;
  private run = new AbortController();
  private source: AudioBufferSourceNode | null = null;

  constructor(private readonly told: () => Told, private readonly said: HTMLElement, private readonly line: HTMLElement) {
    this.button.type = "button";
    this.button.className = "act listening";
    this.button.textContent = "■ " + say("read_stop");
    this.button.hidden = true;
    this.button.onclick = () => this.stop();
    said.addEventListener("click", (e) => {
      const at = (e.target as Element).closest("select") ? undefined : (e.target as Element).closest<HTMLElement>(".sentence")?.dataset.at;
      if (at !== undefined && getSelection()?.isCollapsed !== false) void this.from(Number(at));
    });
    document.addEventListener("keydown", (e) => e.key === "Escape" && this.stop());
  }

  // play is the button of a sentence.
  play(at: number): HTMLElement {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "play";
    b.textContent = "▶";
    b.title = say("read_from_here");
    b.setAttribute("aria-label", b.title);
    b.onclick = (e) => {
      e.stopPropagation();
      void this.from(at);
    };
    return b;
  }

  stop(): void {
    this.run.abort();
    this.source?.stop();
    this.source = null;
    this.button.hidden = true;
    this.mark(-1);
  }

  // from sounds the sentence there, and all that follow.
  async from(at: number): Promise<void> {
    this.stop();
    tell(this.line, "");
    const run = (this.run = new AbortController());
    const told = this.told();
    this.button.hidden = false;
    try {
      this.context ??= new AudioContext();
      await this.context.resume();
      const end = [...told.text].length;
      let next = this.fetch(told, at, run.signal);
      while (at < end) {
        this.mark(at);
        const part = await next;
        if (run.signal.aborted) return;
        if (part.to < end) next = this.fetch(told, part.to, run.signal);
        next.catch(() => {}); // it is awaited in its turn
        if (part.sound) await this.sound(part.sound);
        if (run.signal.aborted) return;
        at = part.to;
      }
      this.stop();
    } catch (err) {
      if (run.signal.aborted) return;
      this.stop();
      tell(this.line, err instanceof Refused ? err.message : say("call_unreachable"));
    }
  }

  private async fetch(told: Told, at: number, signal: AbortSignal): Promise<Part> {
    const answer = await fetch("/api/v1/reading/preview", { method: "POST", signal, headers: { Accept: "audio/wav, application/json", "Content-Type": "application/json" }, body: JSON.stringify({ ...told, at }) });
    const to = Number(answer.headers.get("Loa-To"));
    if (answer.status === 204) return { sound: null, to: Math.max(to, at + 1) };
    if (!answer.ok) {
      const data = (await answer.json()) as { code: string; vi: string; en: string };
      throw new Refused(data.code, english ? data.en : data.vi);
    }
    return { sound: await this.context!.decodeAudioData(await answer.arrayBuffer()), to };
  }

  private sound(buffer: AudioBuffer): Promise<void> {
    return new Promise((done) => {
      const source = new AudioBufferSourceNode(this.context!, { buffer });
      source.connect(this.context!.destination);
      source.onended = () => done();
      this.source = source;
      source.start();
    });
  }

  // mark shows which sentence sounds; -1: none.
  private mark(at: number): void {
    for (const s of this.said.querySelectorAll<HTMLElement>(".sentence")) s.classList.toggle("sounds", s.dataset.at === String(at));
  }
}
