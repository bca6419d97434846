// Phát trực tiếp: choose, check the microphone, talk; pass a station on; stop
// all.

import "./refresh";
import { remember } from "./air";
import { type Call, post, sentence } from "./api";
import { author, keep } from "./author";
import { Check } from "./check";
import { byID, tell } from "./dom";
import { pressed } from "./hold";
import { allowed } from "./mic";
import { chosen, watch } from "./places";
import { Session } from "./session";
import "./stopall";
import { say } from "./words";

const tap = 300; // ms: shorter is a tap, which latches

const check = new Check();
const session = new Session(check);
const talk = byID<HTMLButtonElement>("talk");
const stop = byID<HTMLButtonElement>("stop");
const trouble = byID("trouble");
let since = 0; // when the button went down; 0: it is up
let latched = false;
let ended = -Infinity; // when the last call was let go, if one was: the same press must not begin another

let sure = ""; // the places that were said yes to
const limit = 30; // minutes that a call may last

// asks says that every village is meant, and nobody has said yes to that yet.
function asks(): boolean {
  const where = chosen();
  const open = where.all && sure !== where.names;
  byID("all-sure").hidden = !open || session.active;
  tell(byID("all-what"), say("live_sure", where.villages.join(", "), where.nodes, limit));
  return open;
}

byID("all-yes").onclick = () => {
  sure = chosen().names;
  update();
  talk.focus();
};

function update(): void {
  const open = asks();
  const ready = check.state === "ready" || check.state === "clipping";
  const busy = session.active;
  talk.disabled = !busy && (!ready || open || chosen().nodes === 0);
  talk.dataset.state = !busy ? "idle" : latched ? "latched" : "held";
  const word = !busy ? "talk" : latched ? "latched" : "held";
  tell(byID("talk-word"), { talk: say("call_talk"), latched: say("call_talk_latched"), held: say("call_talk_held") }[word]);
  tell(byID("talk-how"), busy ? (latched ? "" : say("call_talk_release")) : ready ? say("call_talk_how") : say("call_talk_closed"));
  stop.hidden = !busy;
  byID("mic").hidden = busy;
  byID<HTMLFieldSetElement>("places").disabled = busy;
}

async function begin(): Promise<void> {
  tell(trouble, "");
  const where = chosen();
  try {
    await session.begin({ class: "live", title: byID<HTMLInputElement>("title").value, author: author(), targets: where.targets,
      chime: byID<HTMLInputElement>("chime").checked }, say("places_to", where.names, where.nodes));
  } catch (err) {
    latched = false;
    tell(trouble, sentence(err));
  }
}

function down(at: number): void {
  if (session.active) {
    if (latched) {
      ended = performance.now();
      latched = false;
      void session.finish();
    }
    return;
  }
  if (talk.disabled || performance.now() - ended < tap) return;
  since = at;
  latched = false;
  void begin();
}

function up(at: number): void {
  if (!since) return;
  const held = at - since;
  since = 0;
  if (!session.active) return;
  if (held < tap) latched = true;
  else void session.finish();
  update();
}

pressed(talk, down, up);
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && up(performance.now()));
stop.onclick = () => session.stop();
document.addEventListener("keydown", (e) => e.key === "Escape" && session.stop());
check.onchange = update;
session.onchange = update;
keep(byID<HTMLInputElement>("author"));
watch(update);
byID("setup").addEventListener("submit", (e) => e.preventDefault());
update();
void allowed().then((yes) => (yes ? check.open() : null));

byID<HTMLFormElement>("relay").addEventListener("submit", (e) => {
  e.preventDefault();
  void relay(e.submitter as HTMLButtonElement);
});

async function relay(button: HTMLButtonElement): Promise<void> {
  const line = byID("relay-line");
  const where = chosen();
  if (where.nodes === 0) return tell(line, say("places_none"));
  if (asks()) return byID("all-yes").focus();
  button.disabled = true;
  tell(line, say("relay_connecting"));
  try {
    const call = await post<Call>("/calls", { class: "relay", author: author(), source: byID<HTMLInputElement>("source").value.trim(), targets: where.targets,
      limit_s: 60 * Number(byID<HTMLSelectElement>("relay-limit").value), chime: false });
    remember(call.id);
    tell(line, say("relay_begun", where.names));
  } catch (err) {
    tell(line, sentence(err));
  } finally {
    button.disabled = false;
  }
}
