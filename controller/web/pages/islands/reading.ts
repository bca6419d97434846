// Below a text that is typed: how it will be said. What is said otherwise than it is
// written is marked; where the reader is not sure, the other readings are one choice
// away. A choice is written into the text itself, so that it stays, and can be made
// the rule for the commune. What belongs to the paper of a document is asked about.
// One can listen from any sentence on.

import { post, sentence } from "./api";
import { Paper, type Block } from "./reading-paper";
import { Listening } from "./reading-listen";
import { say } from "./words";

interface Piece {
  written: string;
  from: number; // characters
  to: number;
  spoken: string;
  kind: string;
  sure: number;
  others: string[];
  omit?: string;
}

interface Answer {
  pieces: Piece[];
  sentences: { from: number; to: number }[];
  blocks: Block[];
}

export interface Options {
  wanted?: () => boolean; // that it is shown
  voice?: () => string; // that listening is with
  paper?: boolean; // false: a document is not pasted here
  leave?: string[]; // blocks that were left out before
  changed?: () => void; // what is left out
}

const likely = 0.8; // below it a person should look
const pause = 120; // ms without a key, before the server is asked
const settled = 900; // before what was typed over a word is taken for its reading

// reading shows under a field how it is read, while wanted says so.
export function reading(field: HTMLTextAreaElement, options: Options = {}): Reading {
  return new Reading(field, options);
}

export class Reading {
  readonly paper: Paper;
  private readonly box = element("div", "reading");
  private readonly said = element("p", "said");
  private readonly learn = element("p", "learn");
  private readonly line = element("p", "quiet");
  private readonly listening: Listening;
  private asked = "";
  private wait = 0;
  private last: { text: string; pieces: Piece[] } | null = null;
  private over: { piece: Piece; head: string; tail: string } | null = null; // that is being typed over

  constructor(private readonly field: HTMLTextAreaElement, private readonly options: Options) {
    this.box.hidden = true;
    this.said.id = `${field.id || field.name}-said`;
    this.paper = new Paper(options.leave ?? [], () => {
      this.listening.stop();
      options.changed?.();
      this.update(true);
    });
    this.listening = new Listening(() => ({ text: field.value, leave: this.paper.leave(), voice: options.voice?.() ?? "" }), this.said, this.line);
    const label = element("p", "quiet");
    label.textContent = say("read_will");
    const head = element("div", "head");
    head.append(label, this.listening.button);
    this.line.setAttribute("role", "status");
    this.learn.hidden = this.line.hidden = true;
    this.box.append(head, this.paper.list, this.said, this.learn, this.line);
    (field.closest("label") ?? field).after(this.box);
    field.addEventListener("input", () => {
      this.listening.stop();
      this.update();
    });
    field.form?.addEventListener("change", (e) => e.target !== field && this.update());
    field.addEventListener("focus", () => this.update());
    field.form?.addEventListener("formdata", (e) => this.paper.leave().forEach((l) => e.formData.append("leave", l)));
    this.update();
  }

  private update(again = false): void {
    const text = this.options.wanted?.() === false ? "" : this.field.value;
    if (text === this.asked && !again) return;
    this.asked = text;
    clearTimeout(this.wait);
    this.typedOver(text);
    if (text.trim() === "") return this.show({ pieces: [], sentences: [], blocks: [] });
    this.wait = window.setTimeout(async () => {
      try {
        const r = await post<Answer>("/reading", { text });
        if (text !== this.asked) return;
        this.show(r);
        this.last = { text, pieces: r.pieces };
        this.wait = window.setTimeout(() => this.offerTyped(), settled);
      } catch {
        if (text === this.asked) this.show({ pieces: [], sentences: [], blocks: [] }); // speaking it will say what is wrong
      }
    }, again ? 0 : pause);
  }

  private show(a: Answer): void {
    this.paper.show(this.options.paper === false ? [] : a.blocks);
    const all: Node[] = [];
    let at = 0;
    for (const s of a.sentences) {
      const span = element("span", "sentence");
      span.dataset.at = String(s.from);
      const nodes: Node[] = [];
      let words = false;
      // a piece of plain words may hold several sentences
      for (; at < a.pieces.length && a.pieces[at]!.from < s.to; at++) {
        const p = a.pieces[at]!;
        if (!p.omit || !this.paper.leaves(p.from)) {
          const cut = within(p, s);
          words ||= /\S/.test(cut.spoken);
          nodes.push(this.shown(cut));
        }
        if (p.to > s.to) break;
      }
      if (words) span.append(this.listening.play(s.from), ...nodes);
      else span.append(...nodes);
      all.push(span);
    }
    this.said.replaceChildren(...all);
    this.box.hidden = a.pieces.length === 0;
    if (this.box.hidden) this.learn.hidden = this.line.hidden = true;
  }

  private shown(p: Piece): Node {
    const unknown = p.kind === "unknown" && /[\p{L}\p{N}]/u.test(p.written);
    const others = p.others.filter((o) => o !== p.spoken);
    if (p.sure < likely && others.length > 0) return this.choice(p, others);
    if (!unknown && (p.kind === "text" || p.kind === "pause" || p.spoken.trim() === p.written.trim())) return document.createTextNode(p.spoken);
    if (!unknown && p.spoken.trim() === "") return silent(p);
    const mark = element("mark", unknown ? "unknown" : p.sure < likely ? "doubt" : "");
    mark.title = unknown ? say("read_unknown") : say("read_written", p.written);
    mark.textContent = p.spoken || p.written;
    return mark;
  }

  private choice(p: Piece, others: string[]): Node {
    const select = document.createElement("select");
    const [why, title] = p.kind === "unknown" ? ["unknown", say("read_unknown")] : ["doubt", say("read_doubt")];
    select.className = why;
    select.title = title;
    select.setAttribute("aria-label", `${title}: ${p.written}`);
    for (const [label, value] of [[p.spoken || p.written, ""], ...others.map((o) => [o, o])] as [string, string][]) select.add(new Option(label, value));
    select.addEventListener("change", () => this.write(p, select.value));
    return select;
  }

  // write puts a choice in the place of what is written, and offers to say it so always.
  private write(p: Piece, to: string): void {
    const chars = [...this.field.value]; // as the server counts them
    if (chars.slice(p.from, p.to).join("") !== p.written) return; // typed on meanwhile
    this.put(chars.slice(0, p.from).join(""), to, chars.slice(p.to).join(""));
    this.over = null;
    this.offer(p, to);
  }

  private put(head: string, middle: string, tail: string): void {
    this.field.value = head + middle + tail;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
    this.field.setSelectionRange((head + middle).length, (head + middle).length);
  }

  // typedOver notices that a word that is read in a way of its own is typed over.
  private typedOver(text: string): void {
    this.learn.hidden = true;
    if (this.over && between(this.over, text) !== null) return;
    this.over = null;
    if (!this.last) return;
    const [was, is] = [[...this.last.text], [...text]];
    let head = 0;
    while (head < Math.min(was.length, is.length) && was[head] === is[head]) head++;
    let tail = 0;
    while (tail < Math.min(was.length, is.length) - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++;
    const piece = this.last.pieces.find((p) => p.from <= head && p.to >= was.length - tail && teachable(p));
    if (piece && head < was.length - tail) this.over = { piece, head: was.slice(0, piece.from).join(""), tail: was.slice(piece.to).join("") };
  }

  private offerTyped(): void {
    const words = this.over && between(this.over, this.field.value)?.trim();
    if (words && words !== this.over!.piece.written && /^[\p{L}\p{M}' -]+$/u.test(words)) this.offer(this.over!.piece, words);
  }

  // offer asks whether the commune says it so always.
  private offer(p: Piece, words: string): void {
    if (!teachable(p)) return;
    const head = [...this.field.value].slice(0, p.from).join("");
    const always = element("button", "act");
    always.type = "button";
    always.textContent = say("read_always");
    always.onclick = () => void this.teach(p, head, words, always);
    this.learn.replaceChildren(say("read_learn", p.written, words) + " ", always);
    window.clearTimeout(this.wait);
    this.learn.hidden = false;
    this.update(true);
    this.learn.hidden = false;
  }

  private async teach(p: Piece, head: string, words: string, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await post("/dictionary", { write: p.written, say: words });
    } catch (err) {
      this.learn.append(" " + sentence(err));
      return;
    }
    this.over = null;
    this.last = null;
    const text = this.field.value;
    if (text.startsWith(head + words)) this.put(head, p.written, text.slice((head + words).length)); // it is read so now
    this.learn.replaceChildren("✓ " + say("read_learnt", p.written, words));
    this.update(true);
    this.learn.hidden = false;
  }
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  e.className = className;
  return e;
}

// silent is what nobody says: the dash of a list is a pause, a picture is shown struck out.
function silent(p: Piece): Node {
  if (/^[-–—+*•.,:;\s]*$/u.test(p.written)) return document.createTextNode(p.spoken);
  const gone = element("s", "");
  gone.title = say("read_silent");
  gone.textContent = p.written;
  return gone;
}

// between is what stands where a piece was, null when the text around it changed too.
function between(o: { head: string; tail: string }, text: string): string | null {
  if (!text.startsWith(o.head) || !text.endsWith(o.tail) || text.length < o.head.length + o.tail.length) return null;
  return text.slice(o.head.length, text.length - o.tail.length);
}

// teachable says whether one reading can be the rule: of letters, not of times and sums.
function teachable(p: Piece): boolean {
  return p.kind !== "text" && p.kind !== "pause" && /\p{L}/u.test(p.written) && !/[\p{N}\n]/u.test(p.written);
}

// within is the part of a piece that belongs to a sentence; only plain words are cut.
function within(p: Piece, s: { from: number; to: number }): Piece {
  const [from, to] = [Math.max(p.from, s.from), Math.min(p.to, s.to)];
  if (p.kind !== "text" || (from === p.from && to === p.to)) return p;
  const written = [...p.written].slice(from - p.from, to - p.from).join("");
  return { ...p, from, to, written, spoken: written };
}
