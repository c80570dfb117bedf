import { formatMetric } from "../../../lib/format";
import { RightIcon } from "../../../ui/icons";
import type { Look } from "../cells/look";
import { summaryOf, type Group } from "../groups/groups";
import { CheckBox, pinnedStyle } from "./Row";
import styles from "./Table.module.css";

interface GroupRowProps {
  readonly id: string;
  readonly group: Group;
  readonly title: string;
  readonly look: Look;
  readonly index: number;
  readonly offset: number;
  readonly checked: boolean | "mixed";
  readonly active: boolean;
  /** On a narrow screen there is room for the name alone. */
  readonly narrow: boolean;
}

function Summary({ group, id, look }: { group: Group; id: string; look: Look }) {
  const summary = summaryOf(group.runs, id);
  if (!summary) return null;
  return (
    <span className={styles.summary}>
      <span>
        <span className={styles.what}>{look.t("groups.best")}</span> {formatMetric(summary.best, look.language)}
      </span>
      <span>
        <span className={styles.what}>{look.t("groups.mean")}</span> {formatMetric(summary.mean, look.language)}
      </span>
    </span>
  );
}

function Title({ group, title, look }: Pick<GroupRowProps, "group" | "title" | "look">) {
  return (
    <span className={styles.groupTitle}>
      <span className={styles.fold} data-folded={group.folded} aria-hidden="true">
        <RightIcon />
      </span>
      <span className={styles.groupName} title={title}>
        {title}
      </span>
      <span className={styles.groupCount}>{look.t("count", { count: group.runs.length })}</span>
    </span>
  );
}

/** The head of a group: its value, how many runs have it, and what they reached. */
export function GroupRow({ id, group, title, look, index, offset, checked, active, narrow }: GroupRowProps) {
  return (
    <div
      id={id}
      className={styles.groupRow}
      role="row"
      aria-rowindex={index + 2}
      aria-expanded={!group.folded}
      data-testid="group-row"
      data-index={index}
      data-active={active}
      data-narrow={narrow}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <div role="gridcell" className={styles.lead}>
        <CheckBox checked={checked} label={look.t("groups.select", { name: title })} />
      </div>
      {(narrow ? look.columns.filter((column) => column.id === "name") : look.columns).map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          className={styles.cell}
          data-pinned={!narrow && at < look.pinned}
          data-edge={!narrow && at === look.pinned - 1}
          data-numeric={look.numeric.has(column.id)}
          style={narrow ? undefined : pinnedStyle(at, look.pinned)}
        >
          {column.id === "name" ? <Title group={group} title={title} look={look} /> : <Summary group={group} id={column.id} look={look} />}
        </div>
      ))}
    </div>
  );
}
