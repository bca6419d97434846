// The villages that are chosen. An area that is chosen takes all below it.

import type { Targets } from "./api";
import { byID, tell } from "./dom";
import { say } from "./words";

export interface Chosen {
  targets: Targets;
  names: string;
  nodes: number;
  villages: string[]; // by name, with those below a chosen area
  all: boolean; // there are several, and every one is meant
}

const boxes = [...document.querySelectorAll<HTMLInputElement>("#places input[name=area]")];

// village says that a box is of a place that has none below it, and loudspeakers.
function village(box: HTMLInputElement): boolean {
  const next = boxes[boxes.indexOf(box) + 1];
  return box.dataset.nodes !== "0" && (!next || Number(next.dataset.depth) <= Number(box.dataset.depth));
}

// chosen reads the boxes; those below a chosen area are its own.
export function chosen(): Chosen {
  const areas: string[] = [];
  const names: string[] = [];
  let nodes = 0;
  const villages: string[] = [];
  const there = boxes.filter(village).length;
  let under = Infinity;
  for (const box of boxes) {
    const depth = Number(box.dataset.depth);
    if (depth <= under) under = Infinity;
    const covered = depth > under;
    box.parentElement?.classList.toggle("covered", covered);
    if ((covered || box.checked) && village(box)) villages.push(box.dataset.name ?? box.value);
    box.disabled = covered || box.dataset.nodes === "0";
    if (covered || !box.checked) continue;
    under = depth;
    areas.push(box.value);
    names.push(box.dataset.name ?? box.value);
    nodes += Number(box.dataset.nodes);
  }
  return { targets: { areas }, names: names.join(", "), nodes, villages, all: there > 1 && villages.length === there };
}

function update(): void {
  const now = chosen();
  tell(byID("chosen"), now.nodes ? say("places_chosen", now.names, now.nodes) : say("places_none"));
}

// watch keeps the sentence under the boxes true, and locks them while a call
// is on air.
export function watch(changed: () => void): void {
  byID("places").addEventListener("change", () => {
    update();
    changed();
  });
  update();
}
