// What belongs to the paper of a document and not to its message: each part is shown
// with its text, and a person says whether it is read. Nothing is left out by itself,
// and a table is asked about before anything is made.

import { say } from "./words";

export interface Block {
  from: number;
  to: number;
  written: string;
  why: string;
}

export class Paper {
  readonly list = document.createElement("div");
  private blocks: Block[] = [];
  private readonly choices = new Map<string, boolean>(); // by what is written: it is left out

  constructor(leave: string[], private readonly changed: () => void) {
    this.list.className = "paper";
    this.list.hidden = true;
    for (const l of leave) this.choices.set(l, true);
  }

  // leave are the blocks that are not said.
  leave(): string[] {
    return this.blocks.filter((b) => this.choices.get(b.written)).map((b) => b.written);
  }

  // leaves says whether what stands there is left out.
  leaves(at: number): boolean {
    const b = this.blocks.find((b) => b.from <= at && at < b.to);
    return b !== undefined && this.choices.get(b.written) === true;
  }

  // undecided is where the question stands whether a table is said; null: there is none.
  undecided(): HTMLElement | null {
    return this.list.querySelector<HTMLElement>(".ask select");
  }

  show(blocks: Block[]): void {
    this.blocks = blocks;
    this.list.hidden = blocks.length === 0;
    const about = document.createElement("p");
    about.className = "quiet";
    about.textContent = say("read_paper");
    const nodes: Node[] = blocks.length > 0 ? [about] : [];
    const rest = blocks.filter((b) => b.why !== "table" && !this.choices.get(b.written));
    if (rest.length > 1) nodes.push(this.all(rest));
    this.list.replaceChildren(...nodes, ...blocks.map((b) => this.row(b)));
  }

  private all(rest: Block[]): Node {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "act";
    button.textContent = say("read_leave_all", rest.length);
    button.onclick = () => {
      for (const b of rest) this.choices.set(b.written, true);
      this.changed();
    };
    return button;
  }

  private row(b: Block): Node {
    const row = document.createElement("div");
    const chosen = this.choices.get(b.written);
    row.className = chosen === undefined && b.why === "table" ? "part ask" : chosen ? "part gone" : "part";
    const label = document.createElement("label");
    const name = document.createElement("strong");
    name.textContent = say("read_part_" + b.why);
    const select = document.createElement("select");
    if (chosen === undefined && b.why === "table") select.add(new Option(say("read_ask"), ""));
    select.add(new Option(say("read_part_read"), "read"));
    select.add(new Option(say("read_leave_out"), "leave"));
    select.value = chosen ? "leave" : chosen === undefined && b.why === "table" ? "" : "read";
    select.onchange = () => {
      if (select.value) this.choices.set(b.written, select.value === "leave");
      this.changed();
    };
    label.append(name, select);
    const text = document.createElement("pre");
    text.textContent = b.written;
    row.append(label, text);
    return row;
  }
}
