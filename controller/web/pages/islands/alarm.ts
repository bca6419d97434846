// What KHẨN CẤP and its drill have in common: arm, hold one second, on air.

import { renew } from "./refresh";
import { post, sentence } from "./api";
import { author } from "./author";
import { Check } from "./check";
import { byID, tell } from "./dom";
import { hold } from "./hold";
import { allowed } from "./mic";
import { chosen, watch } from "./places";
import { reading } from "./reading";
import { type Lines, Session } from "./session";
import { Filling } from "./template";
import { say } from "./words";

// Kind is what sets the two apart.
export interface Kind {
  armAt: string; // where the token comes from
  armWithin: number; // ms
  how: string; // what is armed
  now: string; // that it can begin
  call: Record<string, unknown>; // what it is
  much: (chosen: number) => Record<string, unknown>; // of what is recorded
  lines: Lines;
}

interface Armed {
  armed: string;
  until: string;
}

const speakWithin = 30_000; // ms; the controller gives up before

const picked = () => document.querySelector<HTMLInputElement>("input[name=what]:checked");
const what = () => picked()?.value ?? "mic";
const template = () => (picked()?.dataset.template === undefined ? "" : what());

// Alarm is the page.
export class Alarm {
  readonly check = new Check();
  private readonly session: Session;
  private readonly arm = byID<HTMLButtonElement>("arm");
  private readonly fire = byID<HTMLButtonElement>("fire");
  private readonly trouble = byID("trouble");
  private readonly text = byID<HTMLTextAreaElement>("text");
  private readonly filling: Filling;
  private armed = "";
  private left = 0; // ms that the token lives, at
  private at = 0;
  private arming = false;
  private short = false; // the button was let go too soon

  constructor(private readonly kind: Kind) {
    this.filling = new Filling(byID("composed"), template, () => chosen().names, () => tell(this.trouble, ""), kind.call.drill === true);
    this.session = new Session(this.check, kind.lines);
    this.arm.onclick = () => void this.prepare();
    reading(this.text, { paper: false });
    hold(this.fire, () => void this.begin(this.body(), say("places_to", chosen().names, chosen().nodes)), () => this.letGo(false), () => this.letGo(true));
    byID("stop").onclick = () => this.session.stop();
    document.addEventListener("keydown", (e) => e.key === "Escape" && this.session.stop());
    byID("setup").addEventListener("change", () => this.update()); // the list of recorded alerts is made anew
    byID("setup").addEventListener("submit", (e) => e.preventDefault());
    this.check.onchange = () => this.update();
    this.session.onchange = () => this.update();
    watch(() => {
      this.reach();
      this.update();
    });
    this.reach();
    window.setInterval(() => this.update(), 250);
    this.update();
    void allowed().then((yes) => (yes && what() === "mic" ? this.check.open() : null));
  }

  // reach has the page say who is reached where the boxes say.
  private reach(): void {
    const part = document.querySelector<HTMLElement>("[data-part=reach]")!;
    const { areas } = chosen().targets;
    part.dataset.from = location.pathname + "?" + new URLSearchParams(areas.map((a) => ["area", a])).toString();
    renew("reach");
  }

  // begin puts it on the air, with the token of the last unlock.
  async begin(body: Record<string, unknown>, where: string): Promise<void> {
    this.armed = "";
    tell(this.trouble, "");
    try {
      await this.session.begin(body, where);
      // Not the stop: the key that was held until now would press it.
      byID("call").focus();
    } catch (err) {
      tell(this.trouble, sentence(err));
    }
    this.update();
  }

  // unlock fetches a token, and returns it. The controller has speech made first:
  // the ten seconds of the token begin when that is done.
  async unlock(said: object | null = null): Promise<string> {
    const got = await post<Armed>(this.kind.armAt, said ?? {}, said ? speakWithin : this.kind.armWithin);
    this.left = 10_000;
    this.at = performance.now();
    return (this.armed = got.armed);
  }

  // used says that the token is of no use any more.
  used(): void {
    this.armed = "";
  }

  update(): void {
    if (!picked()) document.querySelector<HTMLInputElement>("input[name=what]")!.checked = true; // the alert is not offered any more
    const live = this.life();
    if (!live) this.armed = "";
    const busy = this.session.active;
    const mic = what() === "mic";
    const waiting = mic && !this.check.mic?.live();
    this.arm.hidden = this.fire.hidden = busy;
    byID("stop").hidden = !busy || this.session.closing;
    this.arm.disabled = this.arming || chosen().nodes === 0;
    this.arm.classList.toggle("done", live > 0);
    tell(byID("arm-left"), this.arming ? say("alert_arming") : live ? say("alert_armed", live) : this.kind.how);
    this.fire.disabled = (!live || waiting) && this.fire.dataset.busy === undefined;
    tell(byID("fire-how"), !live ? say("alert_locked") : waiting ? say("alert_wait_mic") : this.short ? say("alert_short") : this.kind.now);
    byID("mic").hidden = !mic || busy;
    this.text.hidden = what() !== "text";
    this.filling.update();
    byID("limit-field").hidden = mic;
    byID<HTMLFieldSetElement>("places").disabled = busy;
  }

  // life is how many seconds the token still lives. The controller judges by
  // its own clock; here it only counts down.
  private life(): number {
    return this.armed ? Math.max(0, Math.ceil((this.left - (performance.now() - this.at)) / 1000)) : 0;
  }

  private letGo(short: boolean): void {
    this.short = short;
    this.update();
  }

  private async prepare(): Promise<void> {
    tell(this.trouble, "");
    if (what() === "text" && !this.text.value.trim()) {
      this.text.focus();
      return tell(this.trouble, say("alert_text_none"));
    }
    this.arming = true;
    this.letGo(false);
    try {
      const missing = template() ? await this.filling.missing() : "";
      if (missing) throw new Error(missing);
      if (what() === "mic" && !(await this.check.open())) return;
      await this.unlock(this.said());
    } catch (err) {
      tell(this.trouble, sentence(err));
    } finally {
      this.arming = false;
      this.update();
      if (this.armed) this.fire.focus();
    }
  }

  // said is what is made speech of; null: nothing.
  private said(): object | null {
    return template() ? this.filling.said() : what() === "text" ? { text: this.text.value.trim() } : null;
  }

  private body(): Record<string, unknown> {
    const common = { ...this.kind.call, author: author(), targets: chosen().targets, armed: this.armed };
    const much = this.kind.much(Number(byID<HTMLSelectElement>("limit").value));
    if (what() === "mic") return common;
    return { ...common, ...much, ...(this.said() ?? { bulletin: what(), digest: picked()?.dataset.digest }) };
  }
}
