// KHẨN CẤP: arm, hold one second, on air. And taking it back, in one action.

import { remember } from "./air";
import { Alarm } from "./alarm";
import { type Call, post, sentence } from "./api";
import { author } from "./author";
import { tell } from "./dom";
import { hold } from "./hold";
import "./stopall";
import { say } from "./words";

const correctionFor = 300; // s that a spoken correction repeats

const page = new Alarm({ armAt: "/arm", armWithin: 5000, how: say("alert_arm_how"), now: say("alert_now"), call: { class: "emergency" },
  much: (minutes) => ({ limit_s: 60 * minutes }), lines: { recorded: say("call_alert") } });

// The list of alerts is made anew when something changes: each new button is
// taken on when it is first pressed or focused.
const taken = new WeakSet<HTMLButtonElement>();
for (const kind of ["pointerover", "pointerdown", "focusin"]) {
  document.addEventListener(kind, (e) => {
    const button = (e.target as Element).closest<HTMLButtonElement>(".correct button");
    if (!button || taken.has(button)) return;
    taken.add(button);
    hold(button, () => void correct(button));
  }, true);
}

async function correct(button: HTMLButtonElement): Promise<void> {
  const row = button.closest<HTMLElement>(".correct");
  const corrects = row?.dataset.corrects;
  const line = row?.querySelector<HTMLElement>(".correct-line");
  if (!row || !corrects || !line) return;
  const spoken = row.querySelector<HTMLInputElement>("input[type=checkbox]")?.checked ?? false;
  const words = row.querySelector("textarea")?.value.trim() ?? "";
  button.disabled = true;
  try {
    if (spoken) {
      if (!(await page.check.open())) throw new Error(say("mic_" + page.check.state));
      const armed = await page.unlock();
      return await page.begin({ class: "emergency", author: author(), corrects, armed }, row.dataset.title ?? "");
    }
    if (!words) throw new Error(say("alert_text_none"));
    tell(line, say("alert_speaking"));
    const armed = await page.unlock({ text: words });
    const call = await post<Call>("/calls", { class: "emergency", author: author(), corrects, armed, text: words, limit_s: correctionFor });
    page.used();
    remember(call.id);
    tell(line, say("alert_sent"));
  } catch (err) {
    tell(line, sentence(err));
  } finally {
    button.disabled = false;
    page.update();
  }
}
