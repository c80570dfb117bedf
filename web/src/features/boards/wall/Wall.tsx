import { useEffect, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Notice } from "../../../ui/Notice";
import { boardsQuery } from "../queries";
import { route, useChange } from "../route";
import { USUAL_S } from "../search";
import styles from "./Wall.module.css";
import { WallBoard } from "./WallBoard";

/** Opens over everything else; Escape, or leaving the full screen, goes back to the board. */
function useWallDialog(leave: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open) return undefined;
    element.showModal();
    element.focus();
    return () => element.close();
  }, []);
  useEffect(() => {
    const onChange = () => document.fullscreenElement === null && leave();
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, [leave]);
  return dialog;
}

function useLeave(): () => void {
  const change = useChange();
  return () => {
    if (document.fullscreenElement) void document.exitFullscreen();
    change({ wall: undefined, also: undefined });
  };
}

/** One board after the other for a screen on the wall, a page of charts at a time. */
export default function Wall({ first }: { first: string }) {
  const { t } = useTranslation("boards");
  const { wall = USUAL_S, also = [] } = route.useSearch();
  const leave = useLeave();
  const dialog = useWallDialog(leave);
  const { data = [] } = useQuery(boardsQuery());
  const [at, setAt] = useState(0);
  const boards = [first, ...also].flatMap((id) => data.find((view) => view.id === id && view.kind === "board") ?? []);
  const view = boards[at % Math.max(1, boards.length)];
  return (
    <dialog
      ref={dialog}
      className={styles.wall}
      tabIndex={-1}
      aria-label={t("wall.label")}
      data-testid="wall"
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
    >
      {view ? (
        <WallBoard key={`${view.id}/${at}`} view={view} seconds={wall} of={boards.length} go={(by) => setAt((now) => (now + by + boards.length) % boards.length)} leave={leave} />
      ) : (
        <Notice title={t("gone")} action={{ label: t("wall.leave"), run: leave }} />
      )}
    </dialog>
  );
}
