// What folds and unfolds (details) stays as whoever reads it left it, when the
// page is asked for anew and when he comes back another day. Only new trouble
// opens by itself what he had folded: data-trouble names what is not good in it.

export type Fold = { open: boolean; trouble: string };

const key = "loa-folds";
const most = 300; // that are remembered

const folded = (d: HTMLDetailsElement): Fold => ({ open: d.open, trouble: d.dataset.trouble ?? "" });

// foldsOf is how all that folds is now, by id.
export function foldsOf(part: ParentNode): Map<string, Fold> {
  return new Map([...part.querySelectorAll("details")].filter((d) => d.id).map((d) => [d.id, folded(d)]));
}

// refold puts back how it was, and leaves to the server what it did not know.
export function refold(part: ParentNode, was: Map<string, Fold>): void {
  for (const d of part.querySelectorAll("details")) {
    const before = was.get(d.id);
    if (before) d.open = before.open || (d.open && fresh(before.trouble, d.dataset.trouble ?? ""));
  }
}

const fresh = (then: string, now: string) => now.split(" ").some((id) => id !== "" && !then.split(" ").includes(id));

function kept(): Map<string, Fold> {
  try {
    return new Map(JSON.parse(localStorage.getItem(key) ?? "[]") as [string, Fold][]);
  } catch {
    return new Map(); // what somebody else wrote there, or nothing may be read
  }
}

// remember keeps, on this device, what its reader folded in a part of the page.
export function remember(part: HTMLElement): void {
  refold(part, kept());
  part.addEventListener("click", (e) => {
    const d = (e.target as Element).closest("summary")?.parentElement;
    if (!(d instanceof HTMLDetailsElement) || !d.id) return;
    const all = kept();
    all.delete(d.id);
    all.set(d.id, { ...folded(d), open: !d.open }); // it folds after the click
    try {
      localStorage.setItem(key, JSON.stringify([...all].slice(-most)));
    } catch {
      // the device keeps nothing: it is folded till the page is left
    }
  });
}

// reveal unfolds all that the target of the address lies in: older browsers do
// not do so by themselves.
export function reveal(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let d = target?.closest("details"); d; d = d.parentElement?.closest("details")) d.open = true;
  target?.scrollIntoView();
}
