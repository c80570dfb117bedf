import { Button, NativeSelect } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../ui/Dropdown";
import { ColumnsIcon } from "../../ui/icons";
import { isGroupable } from "./columns/kinds";
import { useColumnLabel } from "./columns/use-column-label";
import type { Columns } from "./columns/use-columns";
import { route, useViewChange } from "./route";
import styles from "./RunsPage.module.css";

const Chooser = lazy(() => import("./columns/Chooser"));

const USUAL_GROUPS = ["project", "group", "tags", "state", "host"] as const;

function GroupBy({ columns }: { columns: Columns }) {
  const { t } = useTranslation("runs");
  const { by, project } = route.useSearch();
  const go = useViewChange();
  const label = useColumnLabel();
  const usual = USUAL_GROUPS.filter((id) => id !== "project" || project === undefined);
  const ids = [...new Set([...usual, ...columns.shown.map(({ id }) => id).filter(isGroupable), ...(by === undefined ? [] : [by])])];
  const offered = ids.filter((id) => id !== "project" || project === undefined || id === by);
  return (
    <NativeSelect
      className={styles.tool}
      size="xs"
      aria-label={t("groups.by")}
      data={[{ value: "", label: t("groups.none") }, ...offered.map((id) => ({ value: id, label: label(id) }))]}
      value={by ?? ""}
      onChange={({ currentTarget }) => go({ by: currentTarget.value || undefined, folded: undefined, folds: undefined })}
    />
  );
}

function Folds() {
  const { t } = useTranslation("runs");
  const { by, folds } = route.useSearch();
  const go = useViewChange();
  if (by === undefined) return null;
  return (
    <Button size="xs" variant="default" onClick={() => go({ folds: folds ? undefined : "all", folded: undefined })}>
      {t(folds ? "groups.unfoldAll" : "groups.foldAll")}
    </Button>
  );
}

function Archived() {
  const { t } = useTranslation("runs");
  const { archived } = route.useSearch();
  const go = useViewChange();
  const choices = ["hidden", "any", "only"] as const;
  return (
    <NativeSelect
      className={styles.tool}
      size="xs"
      aria-label={t("archived.label")}
      data={choices.map((value) => ({ value, label: t(`archived.${value}`) }))}
      value={archived ?? "hidden"}
      onChange={({ currentTarget: { value } }) => go({ archived: value === "any" || value === "only" ? value : undefined })}
    />
  );
}

function ColumnsButton({ columns }: { columns: Columns }) {
  const { t } = useTranslation("runs");
  const { project } = route.useSearch();
  const [opened, setOpened] = useState(false);
  return (
    <Dropdown
      opened={opened}
      onChange={setOpened}
      label={t("chooser.button")}
      position="bottom-end"
      shadow="md"
      renderTarget={(props) => (
        <Button {...props} size="xs" variant="default" leftSection={<ColumnsIcon />} onClick={() => setOpened(!opened)}>
          {t("chooser.button")}
        </Button>
      )}
    >
      <Suspense>
        <Chooser columns={columns} project={project} />
      </Suspense>
    </Dropdown>
  );
}

export interface ViewToolsProps {
  readonly columns: Columns;
  readonly narrow: boolean;
  readonly choosing: boolean;
  readonly setChoosing: (choosing: boolean) => void;
}

/** How the list is shown: its groups, its columns, the archive; on a narrow screen choosing too. */
export function ViewTools({ columns, narrow, choosing, setChoosing }: ViewToolsProps) {
  const { t } = useTranslation("runs");
  return (
    <div className={styles.tools}>
      <GroupBy columns={columns} />
      {narrow ? null : <Folds />}
      <Archived />
      {narrow ? (
        <Button size="xs" variant={choosing ? "light" : "default"} aria-pressed={choosing} onClick={() => setChoosing(!choosing)}>
          {t(choosing ? "chooseDone" : "choose")}
        </Button>
      ) : (
        <ColumnsButton columns={columns} />
      )}
    </div>
  );
}
