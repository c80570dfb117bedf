import type { MouseEvent } from "react";
import styles from "./Legend.module.css";
import { lineColor, lineDash, type ChartTheme } from "./palette";
import type { ChartLine } from "./scene";

interface LegendProps {
  readonly lines: readonly ChartLine[];
  readonly hidden: ReadonlySet<string>;
  readonly theme: ChartTheme;
  readonly hint: string;
  readonly onToggle: (id: string, isolate: boolean) => void;
}

const isolates = (event: MouseEvent) => event.altKey || event.ctrlKey || event.metaKey;

/** The names of the lines; each hides or shows its own. */
export function Legend({ lines, hidden, theme, hint, onToggle }: LegendProps) {
  return (
    <ul className={styles.legend} title={hint} data-many={lines.length > 12}>
      {lines.map((line) => (
        <li key={line.id}>
          <button
            type="button"
            className={styles.item}
            data-testid={`legend-${line.id}`}
            title={line.name}
            aria-pressed={!hidden.has(line.id)}
            onClick={(event) => onToggle(line.id, isolates(event))}
          >
            <span
              className={styles.swatch}
              data-faint={line.faint}
              style={{ borderTopColor: lineColor(theme, line.color), borderTopStyle: lineDash(line.color, line.dashed).length > 0 ? "dashed" : "solid" }}
            />
            <span className={styles.label}>{line.label}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
