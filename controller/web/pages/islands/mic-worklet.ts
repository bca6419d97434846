// Runs beside the page, on the browser's thread for sound: makes frames of
// 20 ms at 48 kHz, mono, of whatever rate the microphone has. No sound from
// the device, no frames: silence is never made up.

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const rate = 48000;
const frame = rate / 50;

class Frames extends AudioWorkletProcessor {
  private out = new Float32Array(frame);
  private filled = 0;
  private readonly step = sampleRate / rate;
  private at = 0; // between past[1] and past[2]: how far the next sample is
  private past = [0, 0, 0, 0];

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (!input) return true;
    if (this.step === 1) for (const s of input) this.push(s);
    else for (const s of input) this.resample(s);
    return true;
  }

  // resample takes one sample and gives those that lie between the two before
  // it, on the cubic through four (Catmull-Rom).
  private resample(s: number): void {
    this.past = [this.past[1] ?? 0, this.past[2] ?? 0, this.past[3] ?? 0, s];
    const [a = 0, b = 0, c = 0, d = 0] = this.past;
    for (; this.at < 1; this.at += this.step) {
      const t = this.at;
      this.push(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
    }
    this.at -= 1;
  }

  private push(s: number): void {
    this.out[this.filled++] = s;
    if (this.filled < frame) return;
    this.port.postMessage(this.out, [this.out.buffer]);
    this.out = new Float32Array(frame);
    this.filled = 0;
  }
}

registerProcessor("frames", Frames);
