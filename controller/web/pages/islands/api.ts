// The controller's own API, as any script may use it.

import { english, say } from "./words";

export interface Targets {
  areas: string[];
}

export interface Call {
  id: string;
  title: string;
  class: string;
  author?: string;
  targets: { areas?: string[]; nodes?: string[] };
  start: string;
  speak?: string;
  ended?: string;
  closing?: boolean;
  reason?: string;
  recording?: string;
  unrecorded?: boolean;
  unwritten?: { vi: string; en: string };
  voice?: string;
  nodes: number;
  heard: { id: string; name: string }[];
  missing: { id: string; name: string }[];
  no_return?: { id: string; name: string }[];
}

// Refused is an answer that says why not, in a sentence for people.
export class Refused extends Error {
  constructor(readonly code: string, sentence: string) {
    super(sentence);
  }
}

async function ask<T>(method: string, path: string, body?: unknown, within = 30_000): Promise<T> {
  let answer: Response;
  const patience = new AbortController();
  const timer = window.setTimeout(() => patience.abort(), within);
  try {
    const options: RequestInit = { method, signal: patience.signal, headers: { Accept: "application/json" } };
    if (body !== undefined) {
      options.headers = { Accept: "application/json", "Content-Type": "application/json" };
      options.body = JSON.stringify(body);
    }
    answer = await fetch("/api/v1" + path, options);
    if (answer.status === 204) return undefined as T;
    const data = await answer.json();
    if (answer.ok) return data as T;
    throw new Refused(String(data.code), String((english ? data.en : data.vi) ?? say("call_unreachable")));
  } catch (err) {
    if (err instanceof Refused) throw err;
    throw new Refused("unreachable", say("call_unreachable"));
  } finally {
    clearTimeout(timer);
  }
}

export const post = <T>(path: string, body: unknown, within?: number) => ask<T>("POST", path, body, within);
export const put = <T>(path: string, body: unknown) => ask<T>("PUT", path, body);
export const remove = (path: string) => ask<void>("DELETE", path);
export const get = <T>(path: string) => ask<T>("GET", path, undefined, 5_000);

// stopCall ends a call; what is over already is no error.
export const stopCall = (id: string) => ask<Call>("POST", `/calls/${encodeURIComponent(id)}/stop`, undefined, 5_000);

// sentence is what to tell a person of anything that was thrown.
export function sentence(err: unknown): string {
  return err instanceof Error && err.message ? err.message : say("call_unreachable");
}
