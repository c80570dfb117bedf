import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { knownTagsQuery } from "../../../edits/queries";
import { hasClause, quoted, toggledClause } from "./clauses";
import styles from "./Filter.module.css";
import type { Filter } from "./use-filter";

const CLAUSES = {
  running: 'state == "running"',
  failed: 'state in ["failed", "crashed"]',
  starred: "starred == true",
  day: "created > now - 1d",
} as const;
const CHIPS = ["running", "failed", "starred", "day"] as const;
const MOST_TAGS = 4;

interface ChipProps {
  readonly label: string;
  readonly title?: string;
  readonly clause: string;
  readonly filter: Filter;
}

function Chip({ label, title, clause, filter }: ChipProps) {
  return (
    <button
      type="button"
      className={styles.chip}
      aria-pressed={hasClause(filter.text, clause)}
      title={title ?? clause}
      onPointerDown={(event) => event.preventDefault()} // what is typed is not left, but taken along
      onClick={() => void filter.apply(toggledClause(filter.text, clause))}
    >
      {label}
    </button>
  );
}

/** Filters that are wanted every day, each a clause that joins what was typed. */
export function QuickChips({ filter, project }: { filter: Filter; project: string | undefined }) {
  const { t } = useTranslation("finding");
  const { data: tags = [] } = useQuery(knownTagsQuery(project));
  return (
    <div className={styles.chips} role="group" aria-label={t("filter.quick")}>
      {CHIPS.map((id) => (
        <Chip key={id} label={t(`filter.chips.${id}`)} clause={CLAUSES[id]} filter={filter} />
      ))}
      {tags.slice(0, MOST_TAGS).map((tag) => (
        <Chip key={tag} label={tag} title={t("filter.chips.tag", { tag })} clause={`tags contains ${quoted(tag)}`} filter={filter} />
      ))}
    </div>
  );
}
