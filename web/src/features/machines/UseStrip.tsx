import { useState, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import type { CardHistory, MachineHistory } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatInstant, formatNumber } from "../../lib/format";
import { stripPaths } from "./derive";
import styles from "./Machines.module.css";

interface UseStripProps {
  readonly history: MachineHistory | undefined;
  readonly uuid: string;
  readonly label: string;
}

function useTold(history: MachineHistory | undefined, card: CardHistory | undefined, at: number | null): string | undefined {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  if (!history || !card || at === null) return undefined;
  const time = formatInstant(Date.parse(history.begin) + at * history.bucket_s * 1000, language);
  const busy = card.busy[at] ?? null;
  if (busy === null) return t("strip.unknown", { time });
  const percent = card.util_percent[at] ?? busy * 100;
  return t("strip.at", { time, percent: formatNumber(Math.round(percent), language) });
}

/** A day of a card's use: one colour each ten minutes. */
export function UseStrip({ history, uuid, label }: UseStripProps) {
  const card = history?.cards.find((one) => one.uuid === uuid);
  const [at, setAt] = useState<number | null>(null);
  const told = useTold(history, card, at);
  const buckets = card?.busy.length ?? 1;
  const look = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setAt(Math.min(buckets - 1, Math.max(0, Math.floor(((clientX - left) / width) * buckets))));
  };
  return (
    <span className={styles.strip} role="img" aria-label={label} title={told ?? label} onPointerMove={look}>
      <svg viewBox={`0 0 ${buckets} 1`} preserveAspectRatio="none" shapeRendering="crispEdges" aria-hidden="true">
        {card ? stripPaths(card).map(([level, path]) => <path key={level} data-level={level} d={path} />) : null}
      </svg>
    </span>
  );
}
