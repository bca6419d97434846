// Diễn tập: the emergency, rehearsed. The controller itself says that it is one.

import { Alarm } from "./alarm";
import { say } from "./words";

// Whoever comes from the calendar of tests and drills does what stands there.
const exercise = document.getElementById("exercise")?.dataset.exercise;
const call = { class: "live", drill: true, ...(exercise ? { exercise } : {}) };

new Alarm({ armAt: "/arm/drill", armWithin: 30_000, how: say("drill_arm_how"), now: say("drill_hold_how"), call,
  much: (repeat) => ({ repeat }), lines: { chime: say("drill_chime"), voice: say("drill_on_air"), recorded: say("drill_alert") } });
