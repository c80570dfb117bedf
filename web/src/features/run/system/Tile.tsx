import { useLanguage } from "../../../i18n/use-language";
import { formatBytes, formatBytesOf, formatNumber } from "../../../lib/format";
import { Spark } from "../../../panels/Spark";
import type { Measured } from "./now";
import styles from "./System.module.css";

export type TileUnit = "%" | "B" | "°C" | "W";

function useSaid({ value, of }: Measured, unit: TileUnit): string {
  const language = useLanguage();
  if (unit === "B") return of === null ? formatBytes(value, language) : formatBytesOf(value, of, language);
  const whole = formatNumber(Math.round(value), language);
  if (unit === "%") return `${whole}%`;
  return of === null ? `${whole} ${unit}` : `${whole} / ${formatNumber(Math.round(of), language)} ${unit}`;
}

interface TileProps {
  readonly run: string;
  readonly label: string;
  readonly unit: TileUnit;
  readonly measured: Measured;
  readonly hot?: boolean;
}

/** A quantity now, and how it went. */
export function Tile({ run, label, unit, measured, hot = false }: TileProps) {
  const said = useSaid(measured, unit);
  return (
    <div className={styles.tile}>
      <dt>{label}</dt>
      <dd>
        <span className={styles.value} data-hot={hot}>
          {said}
        </span>
        <span className={styles.spark}>
          <Spark run={run} name={measured.series} axis="elapsed" label={label} />
        </span>
      </dd>
    </div>
  );
}
