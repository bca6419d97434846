// The sound that is being made: seen as a waveform, heard, and cut at its
// ends. It is decoded here; what is cut is uploaded as 16-bit WAV.

import { byID } from "./dom";
import { clock, say } from "./words";

const rate = 48_000; // Hz
const largest = 12 << 20; // bytes that are decoded here: an old PC has little memory
const shortest = 0.5; // s that must be left

export class Sound {
  buffer: AudioBuffer | null = null;
  // from and to are what is left of it, in seconds.
  from = 0;
  to = 0;

  private context: AudioContext | null = null;
  private playing: AudioBufferSourceNode | null = null;
  private began = 0;
  private peaks: Float32Array = new Float32Array(0);
  private readonly box = byID("sound");
  private readonly wave = byID<HTMLCanvasElement>("wave");
  private readonly button = byID<HTMLButtonElement>("play");
  private readonly first = byID<HTMLInputElement>("trim-from");
  private readonly last = byID<HTMLInputElement>("trim-to");

  constructor() {
    this.button.onclick = () => (this.playing ? this.stop() : void this.play());
    this.first.oninput = () => this.trim();
    this.last.oninput = () => this.trim();
    new ResizeObserver(() => this.draw()).observe(this.wave);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  // cut says whether the ends were cut.
  get cut(): boolean {
    return this.buffer !== null && (this.from > 0.05 || this.to < this.buffer.duration - 0.05);
  }

  get seconds(): number {
    return this.to - this.from;
  }

  // decode shows a file; false: it cannot be shown here.
  async decode(data: ArrayBuffer, trimmable: boolean): Promise<boolean> {
    this.clear();
    if (data.byteLength > largest) return false;
    try {
      this.show(await new OfflineAudioContext(1, 1, rate).decodeAudioData(data), trimmable);
      return true;
    } catch {
      return false;
    }
  }

  // samples shows what was recorded.
  samples(pcm: Int16Array): void {
    this.clear();
    if (pcm.length === 0) return;
    const buffer = new AudioBuffer({ length: pcm.length, sampleRate: rate, numberOfChannels: 1 });
    const channel = buffer.getChannelData(0);
    pcm.forEach((s, i) => (channel[i] = s / 32768));
    this.show(buffer, true);
  }

  clear(): void {
    this.stop();
    this.buffer = null;
    this.box.hidden = true;
  }

  // wav is what is left, with one or two channels of 16 bits: which of them is heard,
  // the server judges better.
  wav(): Blob {
    const b = this.buffer!;
    const [first, last] = [Math.floor(this.from * b.sampleRate), Math.ceil(this.to * b.sampleRate)];
    const channels = Array.from({ length: Math.min(2, b.numberOfChannels) }, (_, i) => b.getChannelData(i));
    const length = Math.max(0, Math.min(last, b.length) - first);
    const pcm = new Int16Array(length * channels.length);
    channels.forEach((c, k) => {
      for (let i = 0; i < length; i++) pcm[i * channels.length + k] = Math.max(-1, Math.min(1, c[first + i] ?? 0)) * 32767;
    });
    return new Blob([header(pcm.length, b.sampleRate, channels.length), pcm], { type: "audio/wav" });
  }

  private show(buffer: AudioBuffer, trimmable: boolean): void {
    this.buffer = buffer;
    [this.from, this.to] = [0, buffer.duration];
    for (const range of [this.first, this.last]) range.max = buffer.duration.toFixed(1);
    [this.first.value, this.last.value] = ["0", this.last.max];
    byID("trim").hidden = !trimmable;
    this.box.hidden = false;
    this.peaks = peaksOf(buffer);
    this.tell();
    this.draw();
  }

  private trim(): void {
    if (!this.buffer) return;
    this.stop();
    const whole = this.buffer.duration;
    this.from = Math.min(Number(this.first.value), Math.max(0, whole - shortest));
    this.to = Math.max(this.from + shortest, Number(this.last.value) >= Number(this.last.max) ? whole : Number(this.last.value));
    this.to = Math.min(this.to, whole);
    [this.first.value, this.last.value] = [String(this.from), String(this.to)];
    this.tell();
    this.draw();
  }

  private async play(): Promise<void> {
    if (!this.buffer) return;
    this.context ??= new AudioContext();
    await this.context.resume();
    const source = new AudioBufferSourceNode(this.context, { buffer: this.buffer });
    source.connect(this.context.destination);
    source.onended = () => source === this.playing && this.stop();
    this.began = this.context.currentTime;
    this.playing = source;
    source.start(0, this.from, this.seconds);
    this.button.textContent = say("bul_pause");
    const step = () => {
      if (source !== this.playing) return;
      this.draw();
      this.tell();
      requestAnimationFrame(step);
    };
    step();
  }

  private stop(): void {
    const was = this.playing;
    this.playing = null;
    was?.stop();
    this.button.textContent = say("bul_play");
    this.tell();
    this.draw();
  }

  // at is where the sound is played, in seconds.
  private get at(): number {
    return this.playing && this.context ? Math.min(this.to, this.from + this.context.currentTime - this.began) : this.from;
  }

  private tell(): void {
    byID("sound-time").textContent = `${clock(this.at - this.from)} / ${clock(this.seconds)}`;
    byID("trim-from-out").textContent = `${this.from.toFixed(1)} s`;
    byID("trim-to-out").textContent = `${this.to.toFixed(1)} s`;
  }

  private draw(): void {
    const b = this.buffer;
    if (!b || this.box.hidden) return;
    const scale = window.devicePixelRatio || 1;
    const [w, h] = [this.wave.clientWidth, this.wave.clientHeight];
    this.wave.width = Math.round(w * scale);
    this.wave.height = Math.round(h * scale);
    const g = this.wave.getContext("2d");
    if (!g || w === 0) return;
    g.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const [ink, soft] = [style.getPropertyValue("--air"), style.getPropertyValue("--line")];
    for (let x = 0; x < w; x += 3) {
      const t = (x / w) * b.duration;
      const peak = this.peaks[Math.floor((x / w) * this.peaks.length)] ?? 0;
      const tall = Math.max(2, peak * h * 0.95);
      g.fillStyle = t >= this.from && t <= this.to ? ink : soft;
      g.fillRect(x, (h - tall) / 2, 2, tall);
    }
    if (this.playing) {
      g.fillStyle = style.getPropertyValue("--bad");
      g.fillRect((this.at / b.duration) * w, 0, 2, h);
    }
  }
}

// peaksOf is the loudest sample of each of some hundred stretches.
function peaksOf(b: AudioBuffer): Float32Array {
  const channel = b.getChannelData(0);
  const peaks = new Float32Array(Math.min(600, channel.length));
  const step = channel.length / peaks.length;
  for (let i = 0; i < peaks.length; i++) {
    for (let s = Math.floor(i * step); s < (i + 1) * step; s++) peaks[i] = Math.max(peaks[i]!, Math.abs(channel[s] ?? 0));
  }
  return peaks;
}

// header is that of a WAV file: RIFF, PCM of 16 bits.
function header(samples: number, sampleRate: number, channels: number): ArrayBuffer {
  const out = new DataView(new ArrayBuffer(44));
  const text = (at: number, s: string) => [...s].forEach((c, i) => out.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  out.setUint32(4, 36 + 2 * samples, true);
  text(8, "WAVEfmt ");
  out.setUint32(16, 16, true);
  out.setUint16(20, 1, true);
  out.setUint16(22, channels, true);
  out.setUint32(24, sampleRate, true);
  out.setUint32(28, 2 * channels * sampleRate, true);
  out.setUint16(32, 2 * channels, true);
  out.setUint16(34, 16, true);
  text(36, "data");
  out.setUint32(40, 2 * samples, true);
  return out.buffer;
}
