const KEPT_MS = 10_000; // by then the page has asked for what it shows
const ACCEPT_JSON = { accept: "application/json" };

const MARK = /(?:^|; )yoloscope_\d+_in=1/;

const asked = new Map<string, Promise<Response>>();

/** Whether the browser has a session, as far as cookies tell: who has none is not asked to see a refusal in the console. */
export function mayBeIn(cookies: string): boolean {
  return MARK.test(cookies);
}

/** Asks for what the page will need while its code still travels. */
export function askEarly(url: string): void {
  const answer = fetch(url, { credentials: "same-origin", headers: ACCEPT_JSON });
  answer.catch(() => asked.delete(url)); // the page asks again, and says what is wrong
  asked.set(url, answer);
  setTimeout(() => asked.delete(url), KEPT_MS);
}

/** The answer to what was asked early; null where nothing was, or no good came of it. It is given once. */
export async function takeEarly(url: string): Promise<Response | null> {
  const answer = asked.get(url);
  asked.delete(url);
  const response = await answer?.catch(() => null);
  return response?.ok ? response : null;
}
