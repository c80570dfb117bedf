import { Skeleton } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { SavedView } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatRelative } from "../../lib/format";
import { ScreenIcon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { useNow } from "../../ui/use-now";
import styles from "./Boards.module.css";
import { boardsQuery } from "./queries";
import { USUAL_S } from "./search";
import { stateOf } from "./state";
import { TEMPLATE_IDS } from "./templates";
import { useBoards } from "./use-boards";

const CLOCK_MS = 20_000;

function Board({ view, now }: { view: SavedView; now: number }) {
  const { t } = useTranslation("boards");
  const language = useLanguage();
  const { charts, where } = stateOf(view.state);
  const about = [view.project ?? t("allProjects"), where.trim(), t("chartCount", { count: charts.length }), t("changed", { when: formatRelative(Date.parse(view.updated), now, language) })];
  return (
    <li>
      <Link to="/boards/$boardId" params={{ boardId: view.id }} className={styles.board} data-testid="board">
        <span className={styles.boardName} title={view.name}>
          {view.name}
        </span>
        <span className={styles.about}>{about.filter((part) => part !== "").join(" · ")}</span>
      </Link>
    </li>
  );
}

/** Makes a board in one click. */
function Templates() {
  const { t } = useTranslation("boards");
  const { make } = useBoards();
  return (
    <ul className={styles.templates} aria-label={t("templates.title")}>
      {TEMPLATE_IDS.map((id) => (
        <li key={id}>
          <button type="button" className={styles.template} data-testid={`template-${id}`} onClick={() => make(id, null)}>
            <span className={styles.boardName}>{t(`templates.${id}.title`)}</span>
            <span className={styles.about}>{t(`templates.${id}.text`)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function List({ boards }: { boards: readonly SavedView[] }) {
  const { t } = useTranslation("boards");
  const now = useNow(CLOCK_MS);
  const [first, ...others] = boards;
  return (
    <>
      <ul className={styles.list} aria-label={t("title")}>
        {boards.map((view) => (
          <Board key={view.id} view={view} now={now} />
        ))}
      </ul>
      {first && others.length > 0 ? (
        <Link to="/boards/$boardId" params={{ boardId: first.id }} search={{ wall: USUAL_S, also: others.map(({ id }) => id) }} className={styles.wall}>
          <ScreenIcon />
          {t("wall.all", { count: boards.length })}
        </Link>
      ) : null}
    </>
  );
}

/** All boards, and the way to a new one. */
export default function BoardsPage() {
  const { t } = useTranslation("boards");
  const { data, error, refetch } = useQuery(boardsQuery());
  useDocumentTitle(`${t("title")} · yoloscope`);
  const boards = data?.filter(({ kind }) => kind === "board").toSorted((a, b) => a.name.localeCompare(b.name)) ?? [];
  if (!data && error) return <Notice title={t("error")} detail={error.message} action={{ label: t("retry"), run: () => void refetch() }} />;
  return (
    <div className={styles.page}>
      <h1>{t("title")}</h1>
      <p className={styles.intro}>{t("intro")}</p>
      {data ? null : <Skeleton height={120} />}
      {boards.length > 0 ? <List boards={boards} /> : null}
      {data ? (
        <>
          <h2>{t(boards.length > 0 ? "templates.another" : "templates.first")}</h2>
          <Templates />
        </>
      ) : null}
    </div>
  );
}
