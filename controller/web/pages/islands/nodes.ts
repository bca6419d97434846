// Loa & thiết bị: kept true; where a loudspeaker stands, by the phone's own
// position or by a tap on the map.

import "./refresh";
import "./air";
import { tell } from "./dom";
import { remember, reveal } from "./folds";
import { say } from "./words";

const exact = 6; // decimals of a degree: a tenth of a metre

const list = document.querySelector<HTMLElement>("[data-part=list]");
if (list) {
  remember(list);
  if (location.hash) reveal();
  window.addEventListener("hashchange", reveal);
}

const box = document.querySelector<HTMLDetailsElement>("#new");
box?.addEventListener("toggle", () => box.open && box.querySelector("input")?.focus());

const field = document.querySelector<HTMLInputElement>("#place-field");
const line = document.querySelector<HTMLElement>("#place-line");

function fill(latitude: number, longitude: number): void {
  field!.value = `${latitude.toFixed(exact)}, ${longitude.toFixed(exact)}`;
}

function byPhone(button: HTMLButtonElement): void {
  button.hidden = false;
  button.onclick = () => {
    if (!window.isSecureContext || !navigator.geolocation) return tell(line!, say("place_insecure"));
    tell(line!, say("place_asking"));
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        fill(coords.latitude, coords.longitude);
        tell(line!, say("place_found", Math.ceil(coords.accuracy)));
      },
      () => {
        button.disabled = false;
        tell(line!, say("place_denied"));
      },
      { enableHighAccuracy: true, timeout: 30_000 },
    );
  };
}

function byTap(map: SVGSVGElement): void {
  document.querySelector<HTMLElement>("#place-tap")!.hidden = false;
  map.classList.add("tap");
  map.addEventListener("click", (e) => {
    if (e.detail === 0) return; // by the keyboard: a link
    e.preventDefault(); // a sign on the map is no link here
    const r = map.getBoundingClientRect();
    const [x, y] = [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
    const at = (name: string) => Number(map.dataset[name]);
    fill(at("north") - y * at("high"), at("west") + x * at("wide"));
    const here = map.querySelector<SVGSVGElement>("#chosen-place")!;
    here.setAttribute("x", `${100 * x}%`);
    here.setAttribute("y", `${100 * y}%`);
    here.removeAttribute("hidden");
    tell(line!, say("place_tapped"));
  });
}

if (field && line) {
  byPhone(document.querySelector<HTMLButtonElement>("#place-here")!);
  const map = document.querySelector<SVGSVGElement>("#map");
  if (map) byTap(map);
}
