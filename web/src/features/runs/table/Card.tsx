import { memo } from "react";
import { NameCell } from "../cells/NameCell";
import { HealthMark, Progress, StateOf } from "../cells/Cell";
import { Sparkline } from "../cells/Sparkline";
import { formatMetric } from "../../../lib/format";
import { numberOf } from "../list/values";
import styles from "./Card.module.css";
import { CheckBox, Star, type RowProps } from "./Row";

export interface CardProps extends RowProps {
  /** The metrics that say most of the runs. */
  readonly metrics: readonly string[];
  /** Whether a tap chooses the run instead of opening it. */
  readonly choosing: boolean;
  readonly label: (id: string) => string;
}

/** One run on a narrow screen. */
export const Card = memo(function Card({ id, run, look, index, offset, selected, active, metrics, choosing, label }: CardProps) {
  return (
    <div
      id={id}
      className={styles.card}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-testid="run-row"
      data-run-id={run.id}
      data-index={index}
      data-active={active}
      data-archived={run.archived}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <div role="gridcell" className={styles.name}>
        {choosing ? <CheckBox checked={selected} label={look.t("select", { name: run.name })} /> : <Star run={run} look={look} />}
        <NameCell run={run} look={look} withTags={false} />
      </div>
      <div role="gridcell" className={styles.state}>
        <StateOf run={run} look={look} />
      </div>
      <div role="gridcell" className={styles.progress}>
        <HealthMark run={run} look={look} />
        <Progress run={run} look={look} />
      </div>
      {metrics.map((name) => (
        <div key={name} role="gridcell" className={styles.metric}>
          <span className={styles.label}>{label(name)}</span>
          {formatMetric(numberOf(run, name), look.language)}
        </div>
      ))}
      <div role="gridcell" className={styles.spark}>
        <Sparkline run={run} name={metrics[0] ?? ""} />
      </div>
    </div>
  );
});
