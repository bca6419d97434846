// When a bulletin is aired: a few likely times, or one that is chosen.

import { byID, tell } from "./dom";
import { dayAfter, hourOf, instant, local, moment, now } from "./pages";
import { say } from "./words";

// When is what a programme needs of it, and how a person says it.
export interface When {
  rule: { at?: string; cron?: string; from?: string; until?: string };
  first: Date;
  text: string;
}

const soon = 2 * 60_000; // ms: the loudspeakers must get the sound first
const morning = "05:00";
const evening = "17:00";

export function way(): string {
  return document.querySelector<HTMLInputElement>("input[name=when]:checked")?.value ?? "none";
}

// next is the next time that the clocks show an hour.
function next(hour: string): Date {
  const today = local(now()).day;
  const t = instant(today, hour)!;
  return t.getTime() > now().getTime() + soon ? t : instant(dayAfter(today, 1), hour)!;
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
    case "daily": {
      const first = hour ? next(hour) : null;
      if (!first) throw new Error(say("bul_no_time"));
      const [h, m] = hour.split(":").map(Number);
      const last = byID<HTMLInputElement>("until").value;
      const until = last ? instant(dayAfter(last, 1), "00:00") : null;
      if (until && until <= first) throw new Error(say("bul_time_past"));
      return { rule: { cron: `${m} ${h} * * *`, from: now().toISOString(), ...(until ? { until: until.toISOString() } : {}) }, first, text: say("bul_daily_at", hour) };
    }
  }
  return null;
}

// watch keeps the choices true.
export function watch(changed: () => void): void {
  const update = () => {
    tell(byID("when-evening"), named(next(evening)));
    tell(byID("when-morning"), named(next(morning)));
    byID("when-more").hidden = !["chosen", "daily"].includes(way());
    for (const el of document.querySelectorAll<HTMLElement>("[data-when]")) el.hidden = !el.dataset.when!.split(" ").includes(way());
    changed();
  };
  const day = byID<HTMLInputElement>("day");
  day.value ||= local(next(evening)).day;
  day.min = local(now()).day;
  byID("when").addEventListener("change", update);
  window.setInterval(update, 30_000);
  update();
}

