import { ActionIcon } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../api/client";
import { StarIcon, StarredIcon } from "../ui/icons";
import styles from "./Edits.module.css";
import { useEditRun } from "./queries";

/** Marks a run as one to come back to. */
export function StarButton({ run }: { run: Pick<RunSummary, "id" | "name" | "starred"> }) {
  const { t } = useTranslation("edits");
  const edit = useEditRun();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      className={styles.star ?? ""}
      aria-pressed={run.starred}
      aria-label={t("star", { name: run.name })}
      title={t(run.starred ? "starred" : "notStarred")}
      data-testid="star"
      onClick={() => edit.mutate({ run: run.id, change: { starred: !run.starred } })}
    >
      {run.starred ? <StarredIcon /> : <StarIcon />}
    </ActionIcon>
  );
}
