// One call of this page, from its beginning to what became of it. The page
// says "on air" only while the controller itself says so.
//
//   idle → starting → chime → air → ending → ended
//
// A drill is closing while its last words are heard: it is ending, and the
// page waits for the controller to say that it has ended. // and while the link to the controller is lost, or the microphone is, the
// speaker is told that nothing of what he says is heard.

import { remember } from "./air";
import { beep } from "./beep";
import { type Call, get, post, sentence, stopCall } from "./api";
import type { Check } from "./check";
import { byID, show, tell } from "./dom";
import { type Meter, Voice } from "./voice";
import { clock, say } from "./words";

type State = "idle" | "starting" | "chime" | "air" | "ending" | "ended";

const goneAfter = 9000; // ms without the controller: by then the nodes have ended it
const beginWithin = 8000; // ms
const pollEvery = 1000; // ms
const endWithin = 1500; // ms from the word that all has been said
const soon = 2; // s in which nobody counts as missing: the nodes' words are on their way
const hiddenFor = 10_000; // ms that the warning stays after coming back
const beepEvery = 2000; // ms, while nothing comes from the microphone

// Lines are what the panel says while the chime, a voice, or what is recorded
// is on air.
export interface Lines {
  chime?: string;
  voice?: string;
  recorded?: string;
}

export class Session {
  state: State = "idle";
  closing = false; // a drill's last words are on air
  onchange: () => void = () => {};

  private call: Call | null = null;
  private voice: Voice | null = null;
  private meter: Meter | null = null;
  private metered = 0; // when it came
  private linked = true;
  private lostAt = 0;
  private speakAt = 0; // elapsed seconds from which the microphone is on air
  private spoke = false; // it was on air, beyond the chime
  private hidden = 0;
  private slow = 0;
  private beeped = -Infinity; // when it was last told by a sound that the microphone is off
  private missing: string[] = [];
  private wanted: "" | "finish" | "stop" = ""; // asked for while still starting
  private timers: number[] = [];
  private lock: WakeLockSentinel | null = null;
  private readonly panel = byID("call");
  private readonly title = document.title;

  constructor(private readonly check: Check, private readonly lines: Lines = {}) {
    check.onframe = (pcm) => this.voice?.write(pcm);
    check.onlevel = (l) => this.active && show(byID("call-local"), l.rms);
    document.addEventListener("visibilitychange", () => this.look());
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("freeze", () => this.leave());
    window.addEventListener("beforeunload", (e) => this.voice && this.active && e.preventDefault());
  }

  // active says whether something of this page is, or may be, on air.
  get active(): boolean {
    return this.state !== "idle" && this.state !== "ended";
  }

  // begin puts a call on the air; what is refused is thrown as a sentence.
  async begin(body: Record<string, unknown>, where: string): Promise<void> {
    if (this.active) return;
    this.reset();
    tell(byID("call-where"), where);
    this.set("starting");
    try {
      const call = await post<Call>("/calls", body, beginWithin);
      this.call = call;
      remember(call.id);
    } catch (err) {
      this.set("idle");
      throw new Error(sentence(err));
    }
    void this.keepAwake();
    this.timers.push(window.setInterval(() => this.render(), 250), window.setInterval(() => void this.poll(), pollEvery));
    if (this.wanted === "stop" || (this.wanted === "finish" && this.call.voice)) return this.stop();
    if (this.call.voice) this.speak(this.call);
    else this.set("air");
  }

  // stop ends the call at once; in the chime it is called off.
  stop(): void {
    if (!this.active || this.closing) return;
    this.wanted = "stop";
    this.voice?.close();
    if (!this.call) return; // begin goes on from here
    this.set("ending");
    void this.end(this.call.id);
  }

  // finish ends the call when what has been said is sent.
  async finish(): Promise<void> {
    if (!this.active || this.state === "ending") return;
    if (this.state !== "air" || !this.voice || !this.linked) {
      if (this.state === "starting" && !this.call) this.wanted = "finish";
      else this.stop();
      return;
    }
    this.set("ending");
    await this.voice.finish();
    window.setTimeout(() => this.state === "ending" && this.stop(), endWithin);
  }

  private speak(call: Call): void {
    this.speakAt = (Date.parse(call.speak ?? call.start) - Date.parse(call.start)) / 1000;
    const voice = new Voice(call.voice ?? "");
    this.voice = voice;
    voice.onmeter = (m) => this.take(m);
    voice.onlink = (up) => {
      this.linked = up;
      this.lostAt = up ? 0 : performance.now();
      this.render();
    };
    voice.onslow = () => (this.slow = performance.now());
    this.set("chime");
    void voice.start();
  }

  private take(m: Meter): void {
    this.meter = m;
    this.metered = performance.now();
    if (m.missing) this.missing = m.missing;
    if (m.reason) return void this.over(m.reason);
    if (m.closing) this.lastWords();
    if (this.state === "chime" && this.elapsed() >= this.speakAt) this.set("air");
    show(byID("call-air"), this.state === "air" ? m.level : -120); // in the chime nothing of it is on air
    this.render();
  }

  private elapsed(): number {
    if (this.meter) return this.meter.elapsed_s + (performance.now() - this.metered) / 1000;
    return this.call ? (Date.now() - Date.parse(this.call.start)) / 1000 : 0;
  }

  // poll asks how the call is where no meter comes: one without a voice, and
  // one whose link is lost. It also looks for a microphone that is gone.
  private async poll(): Promise<void> {
    const call = this.call;
    if (this.voice && this.active && !this.check.mic?.live()) void this.check.open(); // plugged in again?
    if (!call || !this.active || (this.voice && this.linked && this.state !== "ending")) return;
    try {
      const now = await get<Call>("/calls/" + call.id);
      if (this.call !== call || !this.active) return;
      this.call = now;
      this.missing = now.missing.map((n) => n.name);
      if (now.ended) this.over(now.reason ?? "");
      else if (now.closing) this.lastWords();
    } catch {
      if (this.voice && this.lostAt && performance.now() - this.lostAt > goneAfter) this.over("", say("call_gone"));
    }
    this.render();
  }

  // end tells the controller until it has heard.
  private async end(id: string): Promise<void> {
    for (let wait = 500; this.state === "ending"; wait = Math.min(2 * wait, 2000)) {
      try {
        const call = await stopCall(id);
        if (call.closing && !call.ended) return this.lastWords();
        this.over(call.reason ?? "stopped");
        return;
      } catch {
        this.linked = false;
        this.lostAt ||= performance.now();
        this.render();
        await new Promise((done) => setTimeout(done, wait));
      }
    }
  }

  // lastWords waits for a drill's end: the poll, or the meter, tells of it.
  private lastWords(): void {
    if (this.closing || !this.active) return;
    this.closing = true;
    this.linked = true;
    this.set("ending");
  }

  private over(reason: string, line = ""): void {
    if (this.state === "ended") return;
    this.voice?.close();
    this.voice = null;
    this.timers.forEach(clearInterval);
    this.timers = [];
    void this.lock?.release();
    document.title = this.title;
    this.set("ended");
    show(byID("call-air"), -120);
    tell(byID("call-line"), line || say("call_ended", say("end_" + reason)));
    tell(byID("call-time"), "");
    tell(byID("call-hint"), "");
    tell(byID("call-trouble"), "");
    if (!line && this.call) void this.sum(this.call.id);
  }

  // sum shows what became of the call; the nodes' last words take a moment.
  private async sum(id: string): Promise<void> {
    for (const wait of [0, 2500]) {
      await new Promise((done) => setTimeout(done, wait));
      if (this.call?.id !== id || this.state !== "ended") return;
      try {
        const call = await get<Call>("/calls/" + id);
        const seconds = (Date.parse(call.ended ?? "") - Date.parse(call.start)) / 1000;
        tell(byID("call-hint"), this.spoke ? say("call_lasted", clock(seconds)) : say("call_called_off"));
        this.heard(call.heard.length, call.nodes, call.missing.map((n) => n.name));
        const link = byID("call-recording");
        link.hidden = !call.recording;
        link.querySelector("a")?.setAttribute("href", call.recording ?? "#");
        tell(byID("call-trouble"), call.unwritten ? say("call_unwritten") : "");
      } catch {
        // the summary is not to be had now; the log has it
      }
    }
  }

  private heard(n: number, of: number, missing: string[]): void {
    const line = byID("call-heard");
    tell(line, of ? say("call_heard", n, of) : "");
    line.classList.toggle("full", of > 0 && n >= of);
    const mute = (this.call?.no_return ?? []).map((node) => node.name); // they were never counted
    const lines = [missing.length > 0 ? say("call_missing", missing.join(", ")) : "", mute.length > 0 ? say("call_mute", mute.join(", ")) : ""];
    tell(byID("call-missing"), lines.filter(Boolean).join(" · "));
  }

  private render(): void {
    // What the panel shows need not stand in the banner too.
    for (const b of document.querySelectorAll<HTMLElement>("#air [data-call]")) b.hidden = this.active && b.dataset.call === this.call?.id;
    if (!this.active) return;
    const elapsed = this.elapsed();
    const chime = this.state === "chime";
    tell(byID("call-time"), chime ? String(Math.max(1, Math.ceil(this.speakAt - elapsed))) : clock(elapsed));
    tell(byID("call-hint"), chime ? say("call_abort") : "");
    tell(byID("call-trouble"), this.trouble());
    const lost = this.voice !== null && (this.lostAt > 0 || this.deaf());
    this.panel.classList.toggle("lost", lost);
    if (this.voice && this.state === "air" && this.deaf() && performance.now() - this.beeped > beepEvery) {
      this.beeped = performance.now();
      beep();
    }
    if (this.state === "air") tell(byID("call-line"), lost ? say("call_not_on_air") : this.onAir());
    if (this.lostAt) show(byID("call-air"), -120); // what was last said of it is not now
    const missing = elapsed < soon ? [] : this.missing;
    if (this.voice && this.meter) this.heard(this.meter.heard, this.meter.nodes, missing);
    else if (this.call) this.heard(this.call.heard.length, this.call.nodes, missing);
  }

  private onAir(): string {
    return (this.voice ? this.lines.voice : this.lines.recorded) ?? say("call_on_air");
  }

  // deaf says that nothing comes from the microphone: as it is here, or by what
  // reaches the controller.
  private deaf(): boolean {
    return !this.check.mic?.live() || this.check.state === "muted" || this.meter?.mute === true;
  }

  private trouble(): string {
    if (this.state === "ending") return this.linked ? "" : say("call_stop_failed");
    if (!this.voice) return "";
    if (this.lostAt) return say("call_lost");
    if (this.deaf()) return say("call_mic_lost");
    if (this.hidden && performance.now() - this.hidden < hiddenFor) return say("call_hidden");
    if (this.meter?.cut) return say("call_cut");
    if (this.meter?.warn) return say("call_silence");
    if (this.check.state === "clipping") return say("mic_clipping");
    if (this.slow && performance.now() - this.slow < 3000) return say("call_slow");
    return this.call?.unrecorded ? say("call_unrecorded") : "";
  }

  // look is told when the page is left for another tab, or the phone locked.
  private look(): void {
    if (!this.voice || !this.active) return;
    if (document.visibilityState === "hidden") {
      document.title = say("call_hidden_title");
      navigator.vibrate?.([200, 100, 200]);
    } else {
      document.title = this.title;
      this.hidden = performance.now();
      void this.keepAwake();
      this.render();
    }
  }

  // leave stops what is spoken from a page that goes away; a recorded alert
  // goes on without it.
  private leave(): void {
    if (!this.voice || !this.call || !this.active) return;
    void fetch(`/api/v1/calls/${this.call.id}/stop`, { method: "POST", keepalive: true });
    this.over("stopped");
  }

  private async keepAwake(): Promise<void> {
    try {
      this.lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      // the phone saves its battery: it may lock, and then the call ends
    }
  }

  private reset(): void {
    this.call = this.meter = null;
    this.closing = false;
    this.missing = [];
    [this.linked, this.lostAt, this.spoke, this.hidden, this.slow, this.beeped, this.wanted] = [true, 0, false, 0, 0, -Infinity, ""];
    for (const id of ["call-time", "call-hint", "call-trouble", "call-heard", "call-missing"]) tell(byID(id), "");
    byID("call-recording").hidden = true;
  }

  private set(state: State): void {
    this.state = state;
    this.spoke ||= state === "air";
    this.panel.dataset.state = state;
    this.panel.hidden = state === "idle";
    document.body.classList.toggle("busy", this.active);
    if (state === "starting" || state === "ended") this.panel.scrollIntoView({ block: "nearest" });
    byID("call-meters").hidden = !this.voice || state === "ended" || this.closing;
    const line = { idle: "", starting: say("call_starting"), chime: this.lines.chime ?? say("call_chime"), ending: this.closing ? say("call_closing") : say("call_ending"), ended: "",
      air: this.onAir() }[state];
    if (line) tell(byID("call-line"), line);
    this.render();
    this.onchange();
  }
}
