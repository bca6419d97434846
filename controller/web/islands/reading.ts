// Below a text that is typed: how it will be said. What is said otherwise than
// it is written is marked; where the reader is not sure, the other readings are
// one choice away. A choice is written into the text itself, so that it stays.

import { post } from "./api";
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

const likely = 0.8; // below it a person should look
const pause = 120; // ms without a key, before the server is asked

// reading shows under a field how it is read, while wanted says so.
export function reading(field: HTMLTextAreaElement, wanted: () => boolean = () => true): void {
  const box = document.createElement("div");
  box.className = "reading";
  box.hidden = true;
  const label = document.createElement("p");
  label.className = "quiet";
  label.textContent = say("read_will");
  const said = document.createElement("p");
  said.id = `${field.id || field.name}-said`;
  box.append(label, said);
  (field.closest("label") ?? field).after(box);
  let asked = "";
  let wait = 0;

  const show = (pieces: Piece[]) => {
    said.replaceChildren(...pieces.map((p) => shown(p, (to) => write(field, p, to))));
    box.hidden = pieces.length === 0;
  };
  const update = () => {
    const text = wanted() ? field.value : "";
    if (text === asked) return;
    asked = text;
    clearTimeout(wait);
    if (text.trim() === "") return show([]);
    wait = window.setTimeout(async () => {
      try {
        const r = await post<{ pieces: Piece[] }>("/reading", { text });
        if (text === asked) show(r.pieces);
      } catch {
        if (text === asked) show([]); // speaking it will say what is wrong
      }
    }, pause);
  };
  field.addEventListener("input", update);
  field.form?.addEventListener("change", update);
  field.addEventListener("focus", update);
  update();
}

function shown(p: Piece, choose: (to: string) => void): Node {
  const unknown = p.kind === "unknown" && /[\p{L}\p{N}]/u.test(p.written);
  const others = p.others.filter((o) => o !== p.spoken);
  if ((p.sure < likely && others.length > 0) || p.omit) return choice(p, others, choose);
  if (!unknown && (p.kind === "text" || p.spoken.trim() === p.written.trim())) return document.createTextNode(p.spoken);
  const mark = document.createElement("mark");
  mark.className = unknown ? "unknown" : p.sure < likely ? "doubt" : "";
  mark.title = unknown ? say("read_unknown") : say("read_written", p.written);
  mark.textContent = p.spoken || p.written;
  return mark;
}

function choice(p: Piece, others: string[], choose: (to: string) => void): Node {
  const select = document.createElement("select");
  const [why, title] = p.omit ? ["paper", say("read_paper")] : p.kind === "unknown" ? ["unknown", say("read_unknown")] : ["doubt", say("read_doubt")];
  select.className = why;
  select.title = title;
  select.setAttribute("aria-label", `${select.title}: ${p.written}`);
  const option = (label: string, value: string) => select.add(new Option(label, value));
  option(p.spoken || p.written, "");
  for (const o of others) option(o, o);
  if (p.omit) option(say("read_leave_out"), "-");
  select.addEventListener("change", () => choose(select.value === "-" ? "" : select.value));
  return select;
}

// write puts a choice in the place of what is written.
function write(field: HTMLTextAreaElement, p: Piece, to: string): void {
  const chars = [...field.value]; // as the server counts them
  if (chars.slice(p.from, p.to).join("") !== p.written) return; // typed on meanwhile
  field.value = chars.slice(0, p.from).join("") + to + chars.slice(p.to).join("");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}
