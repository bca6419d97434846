// The check before going on air: the microphone counts as ready only when a
// level above silence was really seen.

import { byID, show, tell } from "./dom";
import { type Level, Mic, MicTrouble } from "./mic";
import { say } from "./words";

const voice = -45; // dBFS RMS: above it somebody speaks
const voiced = 10; // frames: 200 ms of it
const patience = 250; // frames without: 5 s
const clips = 3; // clipped frames within the last second
const calm = 100; // frames after which a clip is forgotten

type State = "closed" | "asking" | "listening" | "ready" | "silent" | "clipping" | "denied" | "no_device" | "in_use" | "insecure" | "unsupported" | "ended" | "muted" | "other";

export class Check {
  mic: Mic | null = null;
  state: State = "closed";
  level: Level = { rms: -120, clipped: false };
  // onchange hears of every change; onlevel of every frame.
  onchange: () => void = () => {};
  onlevel: (level: Level) => void = () => {};
  onframe: (pcm: Float32Array) => void = () => {};

  private opening: Promise<Mic | null> | null = null;
  private loud = 0;
  private quiet = 0;
  private clipped: number[] = [];
  private count = 0;
  private seen = false;
  private readonly line = byID("mic-line");
  private readonly meter = byID("mic-level");
  private readonly button = byID<HTMLButtonElement>("mic-check");

  constructor() {
    this.button.onclick = () => void this.open();
    this.set("closed");
  }

  // open asks for the microphone; null if it cannot be had, and the page then
  // says why.
  open(): Promise<Mic | null> {
    if (this.mic?.live()) return Promise.resolve(this.mic);
    this.opening ??= this.reopen().finally(() => (this.opening = null));
    return this.opening;
  }

  close(): void {
    this.mic?.close();
    this.mic = null;
    this.set("closed");
  }

  private async reopen(): Promise<Mic | null> {
    this.mic?.close();
    this.mic = null;
    [this.loud, this.quiet, this.clipped, this.seen] = [0, 0, [], false];
    this.set("asking");
    try {
      const mic = await Mic.open();
      this.mic = mic;
      mic.onlevel = (l) => this.take(l);
      mic.onframe = (pcm) => this.onframe(pcm);
      mic.onlost = (why) => this.set(why);
      mic.onback = () => this.set(this.seen ? "ready" : "listening");
      this.set("listening");
      return mic;
    } catch (err) {
      this.set(err instanceof MicTrouble ? err.why : "other");
      return null;
    }
  }

  private take(l: Level): void {
    this.level = l;
    this.count++;
    this.loud = l.rms > voice ? this.loud + 1 : 0;
    this.quiet = l.rms > voice ? 0 : this.quiet + 1;
    if (l.clipped) this.clipped.push(this.count);
    this.clipped = this.clipped.filter((n) => this.count - n < calm);
    this.seen ||= this.loud >= voiced;
    if (this.count % 3 === 0) show(this.meter, l.rms);
    if (this.clipped.length >= clips) this.set("clipping");
    else if (this.seen) this.set("ready");
    else if (this.quiet >= patience) this.set("silent");
    else if (this.state !== "silent") this.set("listening");
    this.onlevel(l);
  }

  private set(state: State): void {
    if (this.state === state && this.line.textContent) return;
    this.state = state;
    byID("mic").dataset.state = state;
    tell(this.line, say("mic_" + state));
    const open = this.mic !== null && state !== "ended";
    this.button.hidden = open || state === "asking";
    this.meter.hidden = !open;
    if (!open) show(this.meter, -120);
    this.onchange();
  }
}
