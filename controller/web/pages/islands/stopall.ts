// DỪNG TẤT CẢ at the places that are chosen: asked once, by name, with what is on
// air there.

import { type Call, get, post, sentence } from "./api";
import { byID, tell } from "./dom";
import { chosen } from "./places";
import { say } from "./words";

const trouble = byID("trouble");
const sure = byID<HTMLDialogElement>("stop-all-sure");

byID("stop-all").onclick = async () => {
  const where = chosen();
  if (where.nodes === 0) return tell(trouble, say("places_none"));
  tell(byID("stop-all-what"), say("stop_all_what", where.names, where.nodes));
  tell(byID("stop-all-on"), say("stop_all_none"));
  sure.showModal();
  try {
    const { items } = await get<{ items: Call[] }>("/calls?limit=20");
    const on = items.filter((c) => !c.ended).map((c) => (c.author ? `“${c.title}” (${c.author})` : `“${c.title}”`));
    if (on.length > 0) tell(byID("stop-all-on"), say("stop_all_on", on.join(", ")));
  } catch {
    // what is on air is not known now; stopping works all the same
  }
};
for (const button of sure.querySelectorAll("button")) {
  button.onclick = async () => {
    sure.close();
    if (button.value !== "yes") return;
    const where = chosen();
    try {
      await post("/stop", { targets: where.targets }, 5000);
      tell(trouble, say("stop_all_done", where.names));
    } catch (err) {
      tell(trouble, sentence(err));
    }
  };
}
