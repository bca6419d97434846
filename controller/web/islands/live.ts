// Keeps the page true without a reload: the server says that something
// changed, and the page asks for its own main part anew. When the link to the
// server is lost the page says so, because old news must not look like new.

const calm = 300; // ms: several changes at once are one look
const main = document.querySelector<HTMLElement>("main");
const stale = document.querySelector<HTMLElement>("#stale");

let pending = 0;
let running = false;
let again = false;

async function refresh(): Promise<void> {
  if (running || !main) {
    again = true;
    return;
  }
  running = true;
  try {
    const answer = await fetch(location.pathname + "?part=main", { headers: { Accept: "text/html" } });
    if (answer.ok) {
      keepOpen(main, await answer.text());
      show(false);
    } else if (answer.status === 401) {
      location.reload();
    }
  } catch {
    show(true);
  } finally {
    running = false;
    if (again) {
      again = false;
      schedule();
    }
  }
}

// keepOpen swaps the content, leaving open what the reader had opened.
function keepOpen(root: HTMLElement, html: string): void {
  const open = new Set([...root.querySelectorAll<HTMLDetailsElement>("details[open]")].map((d) => d.id));
  root.innerHTML = html;
  for (const d of root.querySelectorAll<HTMLDetailsElement>("details")) {
    if (open.has(d.id)) d.open = true;
  }
}

function schedule(): void {
  if (!pending) {
    pending = window.setTimeout(() => {
      pending = 0;
      void refresh();
    }, calm);
  }
}

function show(lost: boolean): void {
  if (stale) stale.hidden = !lost;
}

const events = new EventSource("/api/v1/events");
events.addEventListener("changed", schedule);
events.onopen = schedule;
events.onerror = () => show(true);
// "in 3 minutes" grows old by itself.
window.setInterval(schedule, 30_000);
