/** localStorage that may be absent, full or forbidden: a remembered preference is never worth an error. */
export function recall(key: string): string | null {
  try {
    return window.localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    window.localStorage.setItem(key, value);
  } catch {
    // The choice then lasts until the page is left, which is the best this browser allows.
  }
}
