// When a bulletin is aired: a few likely times, or one that is chosen.

import { get, sentence } from "./api";
import { byID, tell } from "./dom";
import { dayAfter, hourOf, instant, local, moment, now } from "./pages";
import { english, say } from "./words";

// When is what a programme needs of it, and how a person says it.
export interface When {
  rule: { at?: string; cron?: string; from?: string; until?: string };
  first: Date;
  text: string;
}

const soon = 2 * 60_000; // ms: the loudspeakers must get the sound first
const said = document.querySelector<HTMLElement>("main")?.dataset; // the commune's usual hours
const morning = said?.morning || "05:00";
const evening = said?.evening || "17:00";

export function way(): string {
  return document.querySelector<HTMLInputElement>("input[name=when]:checked")?.value ?? "none";
}

// weekdays are the boxes that are ticked; their values are as cron counts.
const weekdays = () => [...document.querySelectorAll<HTMLInputElement>("input[name=weekday]:checked")];

// next is the next time that the clocks show an hour, on one of the days.
function next(hour: string, days: HTMLInputElement[] = []): Date {
  const today = local(now()).day;
  const begin = instant(today, hour)!.getTime() > now().getTime() + soon ? 0 : 1;
  for (let i = begin; i < begin + 7; i++) {
    const day = dayAfter(today, i);
    if (days.length === 0 || days.some((d) => Number(d.value) === new Date(day + "T00:00:00Z").getUTCDay())) return instant(day, hour)!;
  }
  return instant(dayAfter(today, begin), hour)!;
}

function named(t: Date): string {
  const { day, hour } = local(t);
  return day === local(now()).day ? say("bul_when_today", hour) : say("bul_when_tomorrow", hour);
}

// when reads the choice; null: it is only to be saved. What is wrong is thrown.
export function when(): When | null {
  const once = (t: Date): When => ({ rule: { at: t.toISOString() }, first: t, text: say("bul_at", moment(t)) });
  const hour = hourOf(byID<HTMLInputElement>("hour").value);
  switch (way()) {
    case "now":
      return once(new Date(now().getTime() + soon));
    case "evening":
      return once(next(evening));
    case "morning":
      return once(next(morning));
    case "chosen": {
      const t = instant(byID<HTMLInputElement>("day").value, hour);
      if (!t) throw new Error(say("bul_no_time"));
      if (t.getTime() <= now().getTime()) throw new Error(say("bul_time_past"));
      return once(t);
    }
    case "daily":
    case "weekly": {
      const days = way() === "weekly" ? weekdays() : [];
      if (way() === "weekly" && days.length === 0) throw new Error(say("bul_no_weekday"));
      const first = hour ? next(hour, days) : null;
      if (!first) throw new Error(say("bul_no_time"));
      const [h, m] = hour.split(":").map(Number);
      const last = byID<HTMLInputElement>("until").value;
      const until = last ? instant(dayAfter(last, 1), "00:00") : null;
      if (until && until <= first) throw new Error(say("bul_time_past"));
      return { rule: { cron: `${m} ${h} * * ${days.map((d) => d.value).join(",") || "*"}`, from: now().toISOString(), ...(until ? { until: until.toISOString() } : {}) }, first, text: days.length > 0 ? say("bul_weekly_at", days.map((d) => d.closest("label")!.textContent!.trim()).join(", "), hour) : say("bul_daily_at", hour) };
    }
  }
  return null;
}

interface Meaning {
  words: { vi: string; en: string } | null;
  next: string[];
}

let asked = ""; // the rule whose meaning is shown, or on its way
let wait = 0;

// mean shows under the choice what it means, and when it is heard next, as the
// server's calendar reads it.
function mean(): void {
  let rule: When["rule"] | undefined;
  try {
    rule = ["chosen", "daily", "weekly"].includes(way()) ? when()?.rule : undefined;
  } catch {
    // it is not all typed yet
  }
  const { from: _, ...typed } = rule ?? {}; // it is from now on
  const key = new URLSearchParams(typed).toString();
  if (key === asked) return;
  asked = key;
  clearTimeout(wait);
  if (!key) return meant("", "");
  wait = window.setTimeout(async () => {
    try {
      const m = await get<Meaning>("/rules?" + key);
      if (key === asked) meant(m.words ? (english ? m.words.en : m.words.vi) : "", m.next.map((t) => moment(new Date(t))).join(" · "));
    } catch (err) {
      if (key === asked) meant(sentence(err), "");
    }
  }, 250);
}

function meant(words: string, next: string): void {
  byID("rule").hidden = words === "";
  tell(byID("rule-words"), words && say("bul_rule", words));
  tell(byID("rule-next"), next && say("bul_rule_next", next));
}

// watch keeps the choices true.
export function watch(changed: () => void): void {
  const update = () => {
    tell(byID("when-evening"), named(next(evening)));
    tell(byID("when-morning"), named(next(morning)));
    byID("when-more").hidden = !["chosen", "daily", "weekly"].includes(way());
    for (const el of document.querySelectorAll<HTMLElement>("[data-when]")) el.hidden = !el.dataset.when!.split(" ").includes(way());
    mean();
    changed();
  };
  const day = byID<HTMLInputElement>("day");
  day.value ||= local(next(evening)).day;
  day.min = local(now()).day;
  byID("when").addEventListener("change", update);
  byID("when").addEventListener("input", mean);
  window.setInterval(update, 30_000);
  update();
}

