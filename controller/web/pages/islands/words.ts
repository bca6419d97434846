// The page's sentences come with the page, from the one catalogue (words.go).

const words = JSON.parse(document.body.dataset.words ?? "{}") as Record<string, string>;

// say returns a sentence, its %s and %d filled in turn.
export function say(key: string, ...args: (string | number)[]): string {
  return (words[key] ?? key).replace(/%[sd]/g, () => String(args.shift() ?? ""));
}

export const english = document.documentElement.lang === "en";

// clock is a length of time as m:ss.
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}
