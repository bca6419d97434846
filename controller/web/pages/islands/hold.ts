// A button that must be held: its ring fills, and only at the end something
// happens. Finger, mouse, and Space or Enter alike.

const step = 1000; // ms to hold
const early = 5; // ms by which a timer may come before its time

export function hold(button: HTMLButtonElement, done: () => void, begun: () => void = () => {}, short: () => void = () => {}): void {
  let since = 0;
  let timer = 0;

  const press = (at: number) => {
    if (since || button.disabled) return;
    since = at;
    button.dataset.busy = "";
    begun();
    timer = window.setTimeout(() => release(performance.now()), step - (performance.now() - at));
    requestAnimationFrame(fill);
  };
  const fill = () => {
    button.style.setProperty("--held", String(since ? Math.min(1, (performance.now() - since) / step) : 0));
    if (since) requestAnimationFrame(fill);
  };
  // By the hand's own times: a phone that is too busy to hear of the second
  // before the finger is gone must not call it too short.
  const release = (at: number) => {
    if (!since) return;
    const full = at - since >= step - early;
    since = 0;
    clearTimeout(timer);
    delete button.dataset.busy;
    (full ? done : short)();
  };

  pressed(button, press, release);
}

// pressed tells of a button's going down and up, by pointer or key. A finger
// that slides off lets go; so does a window that loses the keyboard while a key
// is down, for of that key nothing is heard any more. A finger is captured: what
// takes the keyboard meanwhile (a browser that asks to keep the password, in the
// first call after signing in) does not end what it holds. Each is told
// when it was (ms, on the clock of performance.now): on a busy phone that is
// well before this page hears of it.
export function pressed(button: HTMLButtonElement, down: (at: number) => void, up: (at: number) => void): void {
  const letGo = (e: Event) => up(e.timeStamp);
  let byKey = false;
  button.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    button.setPointerCapture(e.pointerId);
    byKey = false;
    down(e.timeStamp);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(kind, letGo);
  button.addEventListener("keydown", (e) => {
    if (e.key !== " " && e.key !== "Enter") return;
    e.preventDefault();
    if (e.repeat) return;
    byKey = true;
    down(e.timeStamp);
  });
  button.addEventListener("keyup", (e) => {
    if (e.key === " " || e.key === "Enter") up(e.timeStamp);
  });
  button.addEventListener("blur", (e) => byKey && letGo(e));
  button.addEventListener("contextmenu", (e) => e.preventDefault()); // of a long touch
}
