// The voice's way to the controller: 20 ms frames, as Opus where the browser
// can encode it, else as PCM, over a WebSocket that is opened again when it
// breaks. What cannot be sent at once is dropped, the oldest first: a voice
// that lags is worse than one with a gap.

export interface Meter {
  on_air: boolean;
  elapsed_s: number;
  level: number;
  warn: boolean;
  mute?: boolean;
  heard: number;
  nodes: number;
  missing?: string[];
  cut?: boolean;
  closing?: boolean;
  reason?: string;
}

const opus = {
  codec: "opus",
  sampleRate: 48000,
  numberOfChannels: 1,
  bitrate: 24000,
  // In-band FEC helps from 24 kbit/s up; a voice, no music.
  opus: { frameDuration: 20_000, application: "voip", signal: "voice", useinbandfec: true, packetlossperc: 5 },
} as AudioEncoderConfig;

const queueMost = 15; // frames: 300 ms
const inFlight = 4; // frames that the browser may hold unsent
const retry = 300; // ms
const deaf = 1500; // ms without a meter: the link is lost, whatever TCP says
const hopeless = 3000; // ms without a meter: try a new link
const drainWithin = 1000; // ms for the tail

export class Voice {
  onmeter: (m: Meter) => void = () => {};
  // onlink hears whether the link is well; onslow that frames were dropped.
  onlink: (up: boolean) => void = () => {};
  onslow: () => void = () => {};

  private socket: WebSocket | null = null;
  private encoder: AudioEncoder | null = null;
  private codec: "opus" | "pcm_s16le" = "pcm_s16le";
  private queue: ArrayBuffer[] = [];
  private sent = 0; // frames given to the encoder
  private told = performance.now(); // when the last meter came
  private up = false;
  private closed = false;
  private ending = false;
  private watch = 0;

  constructor(private readonly path: string) {}

  async start(): Promise<void> {
    this.encoder = await encoder((packet) => this.push(packet), () => this.fallBack());
    if (this.encoder) this.codec = "opus";
    if (this.closed) return;
    this.connect();
    this.watch = window.setInterval(() => this.look(), 250);
  }

  // write takes 20 ms of the microphone.
  write(pcm: Float32Array): void {
    if (this.closed || this.ending) return;
    if (!this.encoder) {
      this.push(samples(pcm));
      return;
    }
    const data = new AudioData({ format: "f32", sampleRate: 48000, numberOfFrames: pcm.length, numberOfChannels: 1,
      timestamp: this.sent++ * 20_000, data: pcm as Float32Array<ArrayBuffer> });
    this.encoder.encode(data);
    data.close();
  }

  // finish sends what has been spoken and the word that all has been said.
  async finish(): Promise<void> {
    if (this.ending || this.closed) return;
    this.ending = true;
    try {
      await this.encoder?.flush();
    } catch {
      // closed meanwhile: there is no tail
    }
    const until = performance.now() + drainWithin;
    while (this.queue.length > 0 && this.up && performance.now() < until) {
      this.drain(Infinity);
      await new Promise((done) => setTimeout(done, 10));
    }
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"end":true}');
  }

  close(): void {
    this.closed = true;
    clearInterval(this.watch);
    if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
    this.socket?.close();
  }

  private connect(): void {
    const url = new URL(this.path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.told = performance.now();
    socket.onopen = () => {
      socket.send(JSON.stringify({ codec: this.codec }));
      this.told = performance.now();
    };
    socket.onmessage = (e) => {
      if (socket !== this.socket) return;
      this.told = performance.now();
      this.link(true);
      this.onmeter(JSON.parse(String(e.data)) as Meter);
    };
    socket.onclose = () => {
      if (socket !== this.socket || this.closed) return;
      this.link(false);
      window.setTimeout(() => this.again(socket), retry);
    };
  }

  private again(old: WebSocket): void {
    if (this.closed || old !== this.socket) return;
    old.onclose = null;
    old.close();
    this.connect();
  }

  // look finds a link that is dead without having said so.
  private look(): void {
    const silent = performance.now() - this.told;
    if (silent > deaf) this.link(false);
    if (silent > hopeless && this.socket) this.again(this.socket);
  }

  // fallBack goes on without an encoder that has failed.
  private fallBack(): void {
    this.encoder = null;
    this.codec = "pcm_s16le";
    this.queue = [];
    if (this.socket) this.again(this.socket);
  }

  private link(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    this.onlink(up);
  }

  private push(frame: ArrayBuffer): void {
    this.queue.push(frame);
    this.drain(inFlight);
    if (this.queue.length > queueMost) {
      this.queue.splice(0, this.queue.length - queueMost);
      if (this.up) this.onslow();
    }
  }

  private drain(most: number): void {
    const socket = this.socket;
    if (!socket || !this.up || socket.readyState !== WebSocket.OPEN) return;
    for (let frame = this.queue[0]; frame && socket.bufferedAmount <= most * frame.byteLength; frame = this.queue[0]) {
      socket.send(frame);
      this.queue.shift();
    }
  }
}

// encoder makes the browser's Opus encoder, null if it has none. The page's
// address with ?pcm does without, for a browser whose encoder misbehaves.
async function encoder(take: (packet: ArrayBuffer) => void, failed: () => void): Promise<AudioEncoder | null> {
  if (typeof AudioEncoder === "undefined" || new URLSearchParams(location.search).has("pcm")) return null;
  try {
    const { supported } = await AudioEncoder.isConfigSupported(opus);
    if (!supported) return null;
    const made = new AudioEncoder({
      output: (chunk) => {
        const packet = new ArrayBuffer(chunk.byteLength);
        chunk.copyTo(packet);
        take(packet);
      },
      error: failed,
    });
    made.configure(opus);
    return made;
  } catch {
    return null;
  }
}

// samples is a frame as 16-bit little-endian PCM.
function samples(pcm: Float32Array): ArrayBuffer {
  const out = new DataView(new ArrayBuffer(pcm.length * 2));
  pcm.forEach((s, i) => out.setInt16(2 * i, Math.max(-1, Math.min(1, s)) * 32767, true));
  return out.buffer;
}
