// The grid of the calendar: which time lies where. The server draws it, with
// hours as tall as it likes, so the page asks the lines of the hours.

import { dayAfter, instant, local } from "./pages";

// step is what is moved at a time, in minutes.
export const step = 5;

const day = 24 * 60; // minutes

// Column is one day of the grid.
export interface Column {
  day: string;
  name: string;
  track: HTMLElement;
}

export function columns(): Column[] {
  return [...document.querySelectorAll<HTMLElement>(".cal-track")].map((track) => ({ day: track.dataset.day!, name: track.dataset.name!, track }));
}

// shown says whether there is a grid: on a phone there is a list.
export function shown(): boolean {
  const lines = document.querySelector<HTMLElement>(".cal-lines");
  return lines !== null && lines.getClientRects().length > 0;
}

// columnAt is the day below or above a point; beside the grid, the nearest.
export function columnAt(x: number): Column | null {
  let near: Column | null = null;
  let least = Infinity;
  for (const c of columns()) {
    const r = c.track.getBoundingClientRect();
    const far = Math.max(r.left - x, x - r.right, 0);
    if (far < least) [near, least] = [c, far];
  }
  return near;
}

// minuteAt is the minute of the day that lies at a height of the window.
export function minuteAt(y: number): number {
  const hours = [...document.querySelectorAll<HTMLElement>(".cal-hour")];
  for (const [h, line] of hours.entries()) {
    const r = line.getBoundingClientRect();
    if (y < r.top) return h * 60;
    if (y < r.bottom) return h * 60 + (60 * (y - r.top)) / r.height;
  }
  return day;
}

// heightAt is where a minute lies in the window.
export function heightAt(minute: number): number {
  const hour = Math.min(Math.floor(minute / 60), 23);
  const r = document.querySelectorAll<HTMLElement>(".cal-hour")[hour]!.getBoundingClientRect();
  return r.top + (r.height * (minute - hour * 60)) / 60;
}

// snap is the nearest step.
export const snap = (minute: number): number => Math.round(minute / step) * step;

export function minuteOf(t: Date): number {
  const { hour } = local(t);
  return 60 * Number(hour.slice(0, 2)) + Number(hour.slice(3));
}

// clockOf is a minute of the day as 17:05; the end of a day may be 24:00, and
// what goes on after it is on the clock of the next.
export function clockOf(minute: number): string {
  const m = minute > day ? minute - day : minute;
  return `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
}

// timeOf is a minute of a day.
export function timeOf(on: string, minute: number): Date {
  const next = minute >= day;
  return instant(next ? dayAfter(on, 1) : on, clockOf(next ? minute - day : minute))!;
}

// place is the classes that put something from one minute to another; see
// calendar.css.
export function place(from: number, to: number): string {
  const end = Math.min(Math.max(to, from + 1), day);
  return `at b${Math.floor(from / 60)} m${from % 60} e${Math.floor(end / 60)} n${end % 60}`;
}

// Ghost is where something would come to lie.
export class Ghost {
  private readonly box = document.createElement("div");
  private readonly label = document.createElement("span");

  constructor() {
    this.box.append(this.label);
    this.box.setAttribute("aria-hidden", "true");
  }

  show(column: Column, from: number, to: number, label: string, against: boolean): void {
    this.box.className = `cal-ghost ${place(from, to)}${against ? " against" : ""}`;
    this.label.textContent = label;
    if (this.box.parentElement !== column.track) column.track.append(this.box);
  }

  // intoView has the window follow it.
  intoView(): void {
    this.box.scrollIntoView({ block: "nearest" });
  }

  hide(): void {
    this.box.remove();
  }
}
