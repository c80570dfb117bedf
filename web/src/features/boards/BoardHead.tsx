import { ActionIcon, Button, Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { copyText } from "../../lib/clipboard";
import { useCommands } from "../../lib/commands";
import { LeftIcon, MoreIcon, PencilIcon, ResetIcon, ScreenIcon } from "../../ui/icons";
import { InlineField, useFocusBack } from "../../ui/InlineField";
import { useToasts } from "../../ui/Toasts";
import styles from "./Board.module.css";
import { route, useChange, zoomedTo } from "./route";
import { USUAL_S, windowOf } from "./search";
import type { BoardState } from "./state";
import type { Board } from "./use-board";
import type { BoardData } from "./use-board-data";
import { useBoards } from "./use-boards";

const MOST_CHARS = 200;

function Name({ view, board }: { view: SavedView; board: Board }) {
  const { t } = useTranslation("boards");
  const [editing, setEditing] = useState(false);
  const [pencil, comeBack] = useFocusBack();
  if (editing) {
    return (
      <InlineField
        value={view.name}
        label={t("name")}
        maxLength={MOST_CHARS}
        className={styles.nameField}
        onDone={(name, by) => {
          comeBack(by);
          setEditing(false);
          if (name !== null) board.rename(name);
        }}
      />
    );
  }
  return (
    <>
      <h1 className={styles.name} title={view.name}>
        {view.name}
      </h1>
      <ActionIcon ref={pencil} variant="subtle" color="gray" size="sm" aria-label={t("rename")} title={t("rename")} data-testid="rename-board" onClick={() => setEditing(true)}>
        <PencilIcon />
      </ActionIcon>
    </>
  );
}

/** Which runs the board draws, in a line. */
function useSummary({ project }: SavedView, { where, limit, best }: BoardState, { members, total, series }: BoardData): string {
  const { t, i18n } = useTranslation("boards");
  const info = series.find(({ name }) => name === best?.metric);
  const metric = info ? (i18n.language.startsWith("zh") ? info.title.zh : info.title.en) : (best?.metric ?? "");
  const which = total > members.length ? t(best === null ? "summary.newest" : "summary.best", { count: Math.min(limit, members.length), total, metric }) : t("summary.all", { count: members.length });
  return [project ?? t("allProjects"), where.trim(), which].filter((part) => part !== "").join(" · ");
}

function useCopyLink(): () => void {
  const { t } = useTranslation("boards");
  const toasts = useToasts();
  return () =>
    void copyText(window.location.href).then((copied) =>
      toasts.show(copied ? { text: t("copied") } : { text: t("notCopied", { link: window.location.href }), tone: "bad" }),
    );
}

function MoreMenu({ view }: { view: SavedView }) {
  const { t } = useTranslation("boards");
  const { duplicate, remove } = useBoards();
  const copyLink = useCopyLink();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="md" aria-label={t("more")} title={t("more")} data-testid="board-menu">
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={copyLink}>{t("copyLink")}</Menu.Item>
        <Menu.Item onClick={() => duplicate(view)}>{t("duplicate")}</Menu.Item>
        <Menu.Divider />
        <Menu.Item className={styles.danger ?? ""} data-testid="delete-board" onClick={() => remove(view)}>
          {t("delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Fills the screen, where a browser lets a page do so. */
function enterFullscreen(): void {
  void document.documentElement.requestFullscreen?.().catch(() => undefined);
}

interface BoardHeadProps {
  readonly view: SavedView;
  readonly board: Board;
  readonly state: BoardState;
  readonly data: BoardData;
}

/** Name of the board, which runs it draws, and what can be done with it. */
export function BoardHead({ view, board, state, data }: BoardHeadProps) {
  const { t } = useTranslation("boards");
  const search = route.useSearch();
  const change = useChange();
  const summary = useSummary(view, state, data);
  const toggleEdit = () => change({ edit: search.edit ? undefined : true });
  const openWall = () => {
    enterFullscreen();
    change({ wall: USUAL_S, edit: undefined });
  };
  useCommands([
    { id: "board:edit", title: t(search.edit ? "edit.close" : "edit.open"), keys: "e", run: toggleEdit },
    { id: "board:wall", title: t("wall.open"), keys: "w", run: openWall },
  ]);
  return (
    <header className={styles.head}>
      <div className={styles.who}>
        <Link to="/boards" className={styles.back}>
          <LeftIcon />
          <span>{t("title")}</span>
        </Link>
        <div className={styles.nameLine}>
          <Name view={view} board={board} />
        </div>
        <p className={styles.summary} title={summary}>
          {summary}
        </p>
      </div>
      <div className={styles.deeds}>
        {windowOf(search) ? (
          <Button size="compact-sm" variant="subtle" leftSection={<ResetIcon />} onClick={() => change(zoomedTo(null))}>
            {t("resetZoom")}
          </Button>
        ) : null}
        <Button className={styles.deed} size="xs" variant={search.edit ? "light" : "default"} leftSection={<PencilIcon />} aria-expanded={search.edit ?? false} data-testid="edit-board" onClick={toggleEdit}>
          {t(search.edit ? "edit.close" : "edit.open")}
        </Button>
        <Button className={styles.deed} size="xs" variant="default" leftSection={<ScreenIcon />} data-testid="open-wall" onClick={openWall}>
          {t("wall.open")}
        </Button>
        <MoreMenu view={view} />
      </div>
    </header>
  );
}
