// Long work is seen: an upload in percent, then what the server does.

import { get, post, Refused } from "./api";
import { byID } from "./dom";
import { english, say } from "./words";

export interface Clip {
  id: string;
  seconds: number;
  notes?: { vi: string; en: string }[]; // what was mended in the recording
}

// remarks is what should be known of a clip.
export const remarks = (clip: Clip | null): string => (clip?.notes ?? []).map((n) => (english ? n.en : n.vi)).join(" ");

interface Job {
  stage: string;
  fraction: number;
  started: string;
}

// progress shows what is being done; null: how far is not known. "" ends it.
export function progress(text: string, fraction: number | null = null): void {
  const bar = byID<HTMLProgressElement>("progress-bar");
  byID("progress").hidden = text === "";
  byID("progress-line").textContent = text;
  if (fraction === null) bar.removeAttribute("value");
  else bar.value = fraction;
}

// voiceFailed says that a voice did not speak in whose place the built-in one can.
export const voiceFailed = (err: unknown): boolean => err instanceof Refused && err.code.startsWith("voice_") && err.code !== "voice_unknown";

// Spoken is a text and how it is said.
export interface Spoken {
  text: string;
  voice: string;
  style?: string; // for horns, if left out
  headline: string; // said first
  instead: boolean; // with the built-in voice where that one fails
  leave: string[]; // of the paper, not said
}

// speak makes a clip of a text.
export async function speak(spoken: Spoken): Promise<Clip> {
  progress(say("bul_speaking"));
  const stop = follow();
  try {
    return await post<Clip>("/speech", spoken, 180_000);
  } finally {
    stop();
    progress("");
  }
}

// follow shows the stage of the newest job till it is stopped.
function follow(): () => void {
  const timer = window.setInterval(async () => {
    try {
      const { items } = await get<{ items: Job[] }>("/jobs");
      const job = items[items.length - 1];
      if (job && timerRuns) tellStage(job);
    } catch {
      // the work itself will say if it fails
    }
  }, 700);
  let timerRuns = true;
  return () => {
    timerRuns = false;
    clearInterval(timer);
  };
}

function tellStage(job: Job): void {
  if (job.stage === "speaking") progress(say("bul_speaking"));
  else if (job.stage === "levelling") progress(say("bul_levelling", Math.round(100 * job.fraction)), job.fraction);
  else if (job.stage === "storing") progress(say("bul_storing"));
  else if (job.stage === "waiting") progress(say("bul_waiting"));
}

// upload sends a recording; fetch does not say how far it is, this does.
export function upload(file: Blob, name: string): Promise<Clip> {
  return new Promise<Clip>((done, failed) => {
    let stop = () => {};
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/clips");
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (e) => e.lengthComputable && progress(say("bul_uploading", Math.round((100 * e.loaded) / e.total)), e.loaded / e.total);
    request.upload.onload = () => {
      progress(say("bul_waiting"));
      stop = follow();
    };
    request.onloadend = () => {
      stop();
      progress("");
      const data = request.response as (Clip & { code: string; vi: string; en: string }) | null;
      if (request.status === 201 && data) done(data);
      else if (data?.vi) failed(new Refused(data.code, english ? data.en : data.vi));
      else failed(new Refused("unreachable", say("bul_upload_failed")));
    };
    const form = new FormData();
    form.append("file", file, name);
    progress(say("bul_uploading", 0), 0);
    request.send(form);
  });
}
