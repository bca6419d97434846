// What the bulletins' and the calendar's page share: the clock of the commune,
// which need not be that of this device.

// The server says what time it is, and the zone, as 2026-11-23T16:58:00+07:00.
const said = document.querySelector<HTMLElement>("[data-now]")?.dataset.now ?? new Date().toISOString();
const offset = /[+-]\d\d:\d\d$/.exec(said)?.[0] ?? "Z";
const since = performance.now();

// now is controller time.
export function now(): Date {
  return new Date(Date.parse(said) + performance.now() - since);
}

// hourOf reads an hour as people here write it, 17:00 or 17h00 or 1700, with
// 24 hours whatever the browser's language; "" if it is none.
export function hourOf(text: string): string {
  const m = /^([01]?\d|2[0-3])[:hg.]?([0-5]\d)$/.exec(text.trim());
  return m ? `${m[1]!.padStart(2, "0")}:${m[2]}` : "";
}

// instant is a day and an hour in the commune, null if they are none.
export function instant(day: string, hour: string): Date | null {
  const t = new Date(`${day}T${hourOf(hour)}:00${offset}`);
  return Number.isNaN(t.getTime()) ? null : t;
}

// local is an instant as the commune's clocks show it.
export function local(t: Date): { day: string; hour: string } {
  const sign = offset.startsWith("-") ? -1 : 1;
  const minutes = offset === "Z" ? 0 : sign * (60 * Number(offset.slice(1, 3)) + Number(offset.slice(4)));
  const text = new Date(t.getTime() + minutes * 60_000).toISOString();
  return { day: text.slice(0, 10), hour: text.slice(11, 16) };
}

// dated is a day as people here write it: 23/11/2026.
export function dated(day: string): string {
  return day.split("-").reverse().join("/");
}

// moment is an instant as a person names it: 17:00 23/11/2026.
export function moment(t: Date): string {
  const { day, hour } = local(t);
  return `${hour} ${dated(day)}`;
}

// dayAfter is so many days later.
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day + "T00:00:00Z") + days * 86_400_000).toISOString().slice(0, 10);
}

// quiet is the quiet hours that a time lies in, "" if none.
export function quiet(t: Date): string {
  const at = local(t).hour;
  const spans = (document.querySelector<HTMLElement>("[data-quiet]")?.dataset.quiet ?? "").split(" ").filter(Boolean);
  return spans.find((s) => {
    const [from = "", to = ""] = s.split("-");
    return from < to ? at >= from && at < to : at >= from || at < to;
  }) ?? "";
}

// runsQuiet is the quiet hours that something reaches, and when it does; null:
// none. It may well begin before them.
export function runsQuiet(t: Date, seconds: number): { hours: string; from: Date } | null {
  for (let at = t.getTime(); at < t.getTime() + Math.max(1, seconds) * 1000; at = Math.floor(at / 60_000 + 1) * 60_000) {
    const hours = quiet(new Date(at));
    if (hours) return { hours: hours.replace("-", "–"), from: new Date(at) };
  }
  return null;
}
