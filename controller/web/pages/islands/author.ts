// Who speaks, as it stands in the log: written once, remembered by this
// browser for both pages.

const key = "loa-author";

export function author(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function keep(field: HTMLInputElement): void {
  field.value = author();
  field.addEventListener("change", () => {
    try {
      localStorage.setItem(key, field.value.trim());
    } catch {
      // not remembered, then
    }
  });
}
