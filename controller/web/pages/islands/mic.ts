// The microphone: opened, listened to, and told of when it is lost.

export type Trouble = "denied" | "no_device" | "in_use" | "insecure" | "unsupported" | "other";

export class MicTrouble extends Error {
  constructor(readonly why: Trouble) {
    super(why);
  }
}

// Echo cancellation is off: it takes out what the browser itself plays, which
// is nothing here, and knows nothing of horns half a second away; but it makes
// a voice thin. Noise suppression and automatic gain are on: who speaks stands
// in a storm with a phone, or an arm's length from a laptop, and must come out
// as loud and clear as the next one; the horns have no one at a mixing desk.
const constraints: MediaTrackConstraints = { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: true };

const full = 0.985; // a sample at the converter's end
const fullRun = 3; // so many in a row are clipped, not just loud
const stalledAfter = 1000; // ms without a frame
const zeroAfter = 50; // frames of nothing but zero, after some sound: 1 s; no room is as quiet as that

// Level is of one frame: RMS in dBFS, and whether its peaks are cut off.
export interface Level {
  rms: number;
  clipped: boolean;
}

export class Mic {
  onframe: (pcm: Float32Array) => void = () => {};
  onlevel: (level: Level) => void = () => {};
  // onlost hears that the device is gone or muted, onback that it is well again.
  onlost: (why: "ended" | "muted") => void = () => {};
  onback: () => void = () => {};

  private heard = performance.now();
  private lost = false;
  private alive = false; // it gave some sound
  private zeros = 0; // frames of digital zero, since
  private closed = false;
  private readonly watch: number;

  private constructor(private readonly stream: MediaStream, private readonly context: AudioContext, node: AudioWorkletNode) {
    node.port.onmessage = (e: MessageEvent<Float32Array>) => this.take(e.data);
    const track = stream.getAudioTracks()[0];
    if (track) {
      track.onended = () => this.tellLost("ended");
      track.onmute = () => this.tellLost("muted");
    }
    context.onstatechange = () => {
      if (!this.closed && context.state !== "running") void context.resume();
    };
    // A browser that plays nothing unasked waits for a touch.
    document.addEventListener("pointerdown", () => !this.closed && void context.resume(), { once: true });
    this.watch = window.setInterval(() => {
      // After a call, or a locked screen, nobody tells that it may go on.
      if (context.state !== "running" && context.state !== "closed") void context.resume();
      if (performance.now() - this.heard > stalledAfter) this.tellLost(this.live() ? "muted" : "ended");
    }, 250);
  }

  // open asks for the microphone; what is wrong is thrown as MicTrouble.
  static async open(): Promise<Mic> {
    if (!window.isSecureContext) throw new MicTrouble("insecure");
    if (!navigator.mediaDevices?.getUserMedia || typeof AudioWorkletNode === "undefined") throw new MicTrouble("unsupported");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    } catch (err) {
      throw new MicTrouble(troubleOf(err));
    }
    try {
      const [context, source] = connect(stream);
      await context.audioWorklet.addModule(document.body.dataset.worklet ?? "");
      const node = new AudioWorkletNode(context, "frames", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
      source.connect(node);
      if (context.state !== "running") void context.resume();
      return new Mic(stream, context, node);
    } catch {
      stream.getTracks().forEach((t) => t.stop());
      throw new MicTrouble("other");
    }
  }

  // live says whether the device still gives sound.
  live(): boolean {
    return !this.closed && this.stream.active && this.stream.getAudioTracks().some((t) => t.readyState === "live");
  }

  close(): void {
    this.closed = true;
    clearInterval(this.watch);
    this.stream.getTracks().forEach((t) => t.stop());
    void this.context.close();
  }

  private take(pcm: Float32Array): void {
    if (this.closed) return;
    this.heard = performance.now();
    const zero = pcm.every((s) => s === 0);
    this.alive ||= !zero;
    this.zeros = zero && this.alive ? this.zeros + 1 : 0;
    if (this.zeros >= zeroAfter) this.tellLost("muted");
    if (zero && this.lost) return this.onframe(pcm);
    if (this.lost) {
      this.lost = false;
      this.onback();
    }
    this.onlevel(measure(pcm));
    this.onframe(pcm);
  }

  private tellLost(why: "ended" | "muted"): void {
    if (this.lost || this.closed) return;
    this.lost = true;
    this.onlost(why);
  }
}

// connect puts the stream into an audio context of 48 kHz; a browser that can
// not join the two at different rates gets one of the stream's own.
function connect(stream: MediaStream): [AudioContext, MediaStreamAudioSourceNode] {
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  try {
    return [context, context.createMediaStreamSource(stream)];
  } catch {
    void context.close();
    const own = new AudioContext({ latencyHint: "interactive" });
    return [own, own.createMediaStreamSource(stream)];
  }
}

function troubleOf(err: unknown): Trouble {
  switch (err instanceof DOMException ? err.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no_device";
    case "NotReadableError":
    case "AbortError":
      return "in_use";
  }
  return "other";
}

export function measure(pcm: Float32Array): Level {
  let sum = 0;
  let run = 0;
  let clipped = false;
  for (const s of pcm) {
    sum += s * s;
    run = Math.abs(s) >= full ? run + 1 : 0;
    clipped ||= run >= fullRun;
  }
  return { rms: Math.max(-120, 10 * Math.log10(sum / pcm.length + 1e-12)), clipped };
}

// allowed says whether the browser would open the microphone without asking.
export async function allowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "microphone" as PermissionName })).state === "granted";
  } catch {
    return false; // a browser that cannot say
  }
}
