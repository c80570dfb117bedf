import type { QueryClient } from "@tanstack/react-query";
import { Live, type Socket } from "../series/live";
import { createHintHandler } from "./hints";

function openSocket(isFirst: boolean): Socket {
  const { protocol, host } = window.location;
  const since = isFirst ? `?ago_ms=${Math.ceil(performance.now())}` : ""; // what the page holds was fetched after it was opened
  const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/api/v1/live${since}`);
  const adapter: Socket = {
    opened: null,
    closed: null,
    received: null,
    send: (text) => socket.send(text),
    close: () => socket.close(),
  };
  socket.addEventListener("open", () => adapter.opened?.());
  socket.addEventListener("close", () => adapter.closed?.());
  socket.addEventListener("message", ({ data }) => adapter.received?.(data));
  return adapter;
}

/** The page's live connection: hints refetch what they name; where some may have been missed, everything is refetched once. */
export function createLive(client: QueryClient): Live {
  const hints = createHintHandler(client);
  const live = new Live({
    open: openSocket,
    random: Math.random,
    onHint: hints.handle,
    onMissed: () => void client.invalidateQueries(),
  });
  window.addEventListener("online", () => live.retryNow());
  window.addEventListener("offline", () => live.networkLost());
  hints.hide(document.hidden);
  document.addEventListener("visibilitychange", () => {
    hints.hide(document.hidden);
    if (!document.hidden) live.retryNow();
  });
  return live;
}
