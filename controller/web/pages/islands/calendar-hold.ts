// An airing that is taken in hand and put somewhere else: with the mouse, or
// with the arrow keys. Nothing is done until it is put down.

import { type Column, clockOf, columnAt, columns, Ghost, heightAt, minuteAt, minuteOf, shown, snap, step, timeOf } from "./calendar-grid";
import { byID, tell } from "./dom";
import { local, now, runsQuiet } from "./pages";
import { clock, say } from "./words";

// Hand is what is done with what is held.
export type Hand = "move" | "copy" | "length";

// Grip is one airing as far as it can be held.
export interface Grip {
  title: string;
  start: Date;
  seconds: number;
  free: boolean; // it can be moved
  edge: boolean; // its length can be changed
  may: boolean; // whoever holds it may write it anew
  alarm: boolean; // quiet hours are not for it
}

// Drop is what to do where it was put down: a start, or a length in seconds.
export type Drop = (slot: HTMLElement, hand: Hand, to: Date, seconds: number, byKeys: boolean) => void;

interface Held {
  slot: HTMLElement;
  grip: Grip;
  hand: Hand;
  keys: boolean;
  on: boolean; // it has been moved
  column: Column;
  from: number; // minute of the day
  to: number;
  x: number;
  y: number;
  offset: number; // px, from the pointer up to its beginning
}

const near = 48; // px, at the edges of the window, where it scrolls
const slack = 8; // px that a press may stray

export class Hold {
  private held: Held | null = null;
  private dragged = false;
  private readonly ghost = new Ghost();
  private readonly line = byID("hold-line");

  constructor(main: HTMLElement, private readonly gripOf: (slot: HTMLElement) => Grip | null, private readonly drop: Drop, private readonly refused: (why: string) => void) {
    main.addEventListener("pointerdown", (e) => this.press(e));
    document.addEventListener("pointermove", (e) => this.drag(e));
    document.addEventListener("pointerup", (e) => this.held && !this.held.keys && this.put(e.ctrlKey || e.altKey));
    document.addEventListener("pointercancel", () => this.leave());
    document.addEventListener("keydown", (e) => this.key(e), true);
    document.addEventListener("keyup", (e) => this.modifier(e));
    main.addEventListener("focusout", () => this.held?.keys && this.leave());
    main.addEventListener("click", (e) => this.swallow(e), true);
  }

  // take picks an airing up with the keyboard.
  take(slot: HTMLElement, hand: Hand): void {
    const grip = this.gripOf(slot);
    if (!grip || !shown()) return;
    if (hand === "move" ? !grip.free : hand === "length" ? !grip.edge : !grip.may) {
      return this.refused(hand === "length" ? say("cal_hold_not_edge", grip.title) : say("cal_hold_not", grip.title));
    }
    slot.focus();
    this.begin(slot, grip, hand, true);
    tell(byID("hold-keys"), hand === "length" ? say("cal_hold_keys_edge", step) : say("cal_hold_keys", step));
    byID("hold").hidden = false;
    this.show();
    this.say(`${this.line.textContent}. ${byID("hold-keys").textContent}`);
  }

  // say has a screen reader say it: what is only unhidden, some do not.
  private say(sentence: string): void {
    byID("hold-say").textContent = sentence;
  }

  private begin(slot: HTMLElement, grip: Grip, hand: Hand, keys: boolean): Held | null {
    const { day } = local(grip.start);
    const column = columns().find((c) => c.day === day);
    if (!column) return null;
    const from = minuteOf(grip.start);
    const to = from + Math.ceil(grip.seconds / 60);
    return (this.held = { slot, grip, hand, keys, on: keys, column, from, to, x: 0, y: 0, offset: 0 });
  }

  // --- the mouse

  private press(e: PointerEvent): void {
    this.dragged = false;
    const target = e.target as Element;
    const slot = target.closest<HTMLElement>(".slot");
    const grip = slot && this.gripOf(slot);
    if (!grip || !shown() || e.pointerType !== "mouse" || e.button !== 0) return;
    const hand: Hand = target.closest(".slot-edge") ? "length" : "move";
    const copies = e.ctrlKey || e.altKey;
    if (hand === "length" ? !grip.edge : copies ? !grip.may : !grip.free) return;
    const held = this.begin(slot!, grip, hand, false);
    if (!held) return;
    [held.x, held.y] = [e.clientX, e.clientY];
    held.offset = e.clientY - heightAt(hand === "length" ? Math.min(held.to, 24 * 60) : held.from);
  }

  private drag(e: PointerEvent): void {
    const h = this.held;
    if (!h || h.keys) return;
    if (!h.on && Math.hypot(e.clientX - h.x, e.clientY - h.y) < slack) return;
    h.on = true;
    [h.x, h.y] = [e.clientX, e.clientY];
    document.body.classList.add("dragging");
    document.body.classList.toggle("sizing", h.hand === "length");
    if (e.clientY < near) window.scrollBy(0, -near / 4);
    else if (e.clientY > window.innerHeight - near) window.scrollBy(0, near / 4);
    if (h.hand === "length") this.size(snap(minuteAt(h.y - h.offset)));
    else {
      h.hand = this.copies(e.ctrlKey || e.altKey) ? "copy" : "move";
      h.column = columnAt(h.x) ?? h.column;
      this.shift(snap(minuteAt(h.y - h.offset)));
    }
    this.show();
  }

  // copies says whether a key makes it a copy; what cannot be moved is copied
  // whatever is held by then.
  private copies(key: boolean): boolean {
    return key || this.held?.grip.free === false;
  }

  // modifier: Ctrl or Alt was pressed, or let go, with the mouse at rest.
  private modifier(e: KeyboardEvent): void {
    const h = this.held;
    if (!h && e.type === "keyup") window.setTimeout(() => (this.dragged = false)); // the press that the key may be comes first
    if (!h || h.keys || !h.on || h.hand === "length" || (e.key !== "Control" && e.key !== "Alt")) return;
    e.preventDefault(); // Alt alone opens the browser's menu
    h.hand = this.copies(e.ctrlKey || e.altKey) ? "copy" : "move";
    this.show();
  }

  // swallow: letting go is no press, neither of the button nor of a key.
  private swallow(e: Event): void {
    if (!this.dragged) return;
    this.dragged = false;
    e.stopPropagation();
    e.preventDefault();
  }

  // --- the keys

  private key(e: KeyboardEvent): void {
    if (e.key === "Control" || e.key === "Alt") return this.modifier(e);
    if (!this.held) return this.pick(e);
    if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      return this.leave();
    }
    if (this.held.keys && this.steer(e.key)) {
      e.preventDefault();
      e.stopPropagation();
    }
  }

  // pick begins: M, C or L on an airing that has the focus. It goes by the place
  // of the key, for Vietnamese typing changes what letters come of it.
  private pick(e: KeyboardEvent): void {
    const hand = ({ KeyM: "move", KeyC: "copy", KeyL: "length" } as Record<string, Hand>)[e.code];
    const slot = (e.target as Element).closest?.<HTMLElement>(".slot");
    if (!hand || !slot || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    this.take(slot, hand);
  }

  private steer(key: string): boolean {
    const h = this.held!;
    const by = { ArrowUp: -step, ArrowDown: step, PageUp: -60, PageDown: 60 }[key];
    if (key === "Enter" || key === " ") {
      this.put(false);
      return true;
    }
    if (by !== undefined) {
      if (h.hand === "length") this.size(nextStep(h.to, by));
      else this.shift(nextStep(h.from, by));
    } else if ((key === "ArrowLeft" || key === "ArrowRight") && h.hand !== "length") {
      const all = columns();
      const i = all.findIndex((c) => c.day === h.column.day) + (key === "ArrowLeft" ? -1 : 1);
      h.column = all[i] ?? h.column;
    } else return false;
    this.show();
    this.ghost.intoView();
    return true;
  }

  // --- where it is

  private shift(from: number): void {
    const h = this.held!;
    const length = h.to - h.from;
    h.from = Math.max(0, Math.min(from, 24 * 60 - step));
    h.to = h.from + length;
  }

  private size(to: number): void {
    const h = this.held!;
    h.to = Math.max(h.from + step, to);
  }

  private show(): void {
    const h = this.held!;
    h.slot.dataset.busy = ""; // nothing is swapped meanwhile
    h.slot.classList.toggle("held", h.hand !== "copy");
    const start = timeOf(h.column.day, h.from);
    const against = start.getTime() <= now().getTime() || (!h.grip.alarm && runsQuiet(start, this.seconds()) !== null);
    const when = `${clockOf(h.from)}–${clockOf(h.to)}`;
    const sign = h.hand === "copy" ? "⧉ " : h.hand === "length" ? "↕ " : "";
    this.ghost.show(h.column, h.from, h.to, sign + when, against);
    if (!h.keys) return;
    tell(this.line, this.sentence(h, when));
    this.say(this.line.textContent!);
  }

  private sentence({ hand, grip, column }: Held, when: string): string {
    if (hand === "length") return say("cal_hold_length", grip.title, when, clock(this.seconds()));
    return hand === "copy" ? say("cal_hold_copy", grip.title, when, column.name) : say("cal_hold_move", grip.title, when, column.name);
  }

  // seconds is how long it is; only by its edge that changes.
  private seconds(): number {
    const h = this.held!;
    return h.hand === "length" ? (timeOf(h.column.day, h.to).getTime() - h.grip.start.getTime()) / 1000 : h.grip.seconds;
  }

  private put(copy: boolean): void {
    const h = this.held!;
    if (!h.on) {
      this.held = null;
      return;
    }
    if (!h.keys && h.hand !== "length") h.hand = this.copies(copy) ? "copy" : "move";
    const to = timeOf(h.column.day, h.from);
    const seconds = this.seconds();
    this.end();
    const same = h.hand === "length" ? Math.abs(seconds - h.grip.seconds) < 1 : to.getTime() === h.grip.start.getTime() || minuteOf(h.grip.start) === h.from && local(h.grip.start).day === h.column.day;
    if (!same) this.drop(h.slot, h.hand, to, seconds, h.keys);
    else if (h.keys) this.stays(h.grip.title);
  }

  private stays(title: string): void {
    this.say(say("cal_hold_left", title));
    this.refused(say("cal_hold_left", title));
  }

  private leave(): void {
    const h = this.held;
    if (!h) return;
    this.end();
    if (h.keys) this.stays(h.grip.title);
  }

  private end(): void {
    const h = this.held!;
    this.held = null;
    this.dragged = h.on;
    h.slot.classList.remove("held");
    delete h.slot.dataset.busy;
    document.body.classList.remove("dragging", "sizing");
    this.ghost.hide();
    byID("hold").hidden = true;
  }
}

// nextStep goes on to the next whole step.
function nextStep(minute: number, by: number): number {
  const near = by > 0 ? Math.floor(minute / step) : Math.ceil(minute / step);
  return near * step + by;
}
