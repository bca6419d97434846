// Recording in the browser: the same microphone as for speaking live.

import { Check } from "./check";
import { byID } from "./dom";
import { clock, say } from "./words";

const most = 20 * 60; // s
const rate = 48_000; // Hz, of the worklet's frames

export class Recorder {
  private readonly check = new Check();
  private readonly button = byID<HTMLButtonElement>("record");
  private readonly line = byID("record-line");
  private frames: Int16Array[] = [];
  private length = 0; // samples
  private running = false;

  // done hears what was recorded; begun, that there is nothing again.
  constructor(private readonly done: (pcm: Int16Array) => void, private readonly begun: () => void) {
    this.check.onframe = (pcm) => this.take(pcm);
    this.check.onchange = () => this.running && !this.check.mic?.live() && this.stop();
    this.button.onclick = () => (this.running ? this.stop() : void this.start());
  }

  // close lets the microphone go.
  close(): void {
    if (this.running) this.stop();
    this.check.close();
  }

  private async start(): Promise<void> {
    if (!(await this.check.open())) return; // why not, the check says
    this.begun();
    [this.frames, this.length, this.running] = [[], 0, true];
    this.button.textContent = "■ " + say("bul_record_stop");
    this.button.classList.add("danger");
    this.tell(say("bul_recording", clock(0)));
  }

  private take(pcm: Float32Array): void {
    if (!this.running) return;
    const frame = new Int16Array(pcm.length);
    pcm.forEach((s, i) => (frame[i] = Math.max(-1, Math.min(1, s)) * 32767));
    this.frames.push(frame);
    const before = Math.floor(this.length / rate);
    this.length += frame.length;
    if (Math.floor(this.length / rate) !== before) this.tell(say("bul_recording", clock(this.length / rate)));
    if (this.length >= most * rate) {
      this.stop();
      this.tell(say("bul_record_full", most / 60));
    }
  }

  private stop(): void {
    this.running = false;
    this.button.textContent = "● " + say("bul_record_again");
    this.button.classList.remove("danger");
    const whole = new Int16Array(this.length);
    let at = 0;
    for (const f of this.frames) {
      whole.set(f, at);
      at += f.length;
    }
    this.frames = [];
    this.tell(say("bul_recorded", clock(this.length / rate)));
    this.check.close();
    this.done(whole);
  }

  private tell(text: string): void {
    this.line.textContent = text;
  }
}
