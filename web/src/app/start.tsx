import "./mantine-styles";
import "./global.css";
import "./print.css";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createLive } from "./live";
import { createQueryClient } from "./query-client";
import { router } from "./router";
import { theme } from "./theme";
import { sessionQuery } from "../features/login/queries";
import { startI18n } from "../i18n";
import { LiveProvider } from "../series/live-context";

async function start(root: HTMLElement): Promise<void> {
  const texts = startI18n();
  const client = createQueryClient();
  void client.prefetchQuery(sessionQuery());
  void router.load(); // the page's code travels with the texts, not after them
  await texts;
  const live = createLive(client);
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <LiveProvider live={live}>
            <RouterProvider router={router} />
          </LiveProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

const root = document.getElementById("root");
if (root) void start(root);
