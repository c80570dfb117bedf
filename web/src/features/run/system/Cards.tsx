import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CardRow, RunDetail } from "../../../api/client";
import { HOT_C, shortName } from "../../../machines/derive";
import { CARD_MEASURES, type CardMeasure, type CardNow } from "./now";
import styles from "./System.module.css";
import { Tile, type TileUnit } from "./Tile";

const UNITS: Record<CardMeasure, TileUnit> = { use: "%", memory: "B", temperature: "°C", power: "W" };

/** Who else is on the card: other runs by name, other processes by number. */
function Others({ run, card }: { run: string; card: CardRow }) {
  const { t } = useTranslation("system");
  const others = card.runs.filter((one) => one.run !== run);
  if (others.length === 0 && card.foreign_processes === 0) return <span className={styles.dim}>{t("card.alone")}</span>;
  return (
    <span className={styles.others}>
      <span className={styles.dim}>{t("card.also")}</span>
      {others.map((one) =>
        one.name === null ? (
          <span key={one.run}>{one.run}</span>
        ) : (
          <Link key={one.run} to="/runs/$runId" params={{ runId: one.run }} title={one.name} className={styles.link}>
            {one.name}
          </Link>
        ),
      )}
      {card.foreign_processes > 0 ? <span>{t("card.foreign", { count: card.foreign_processes })}</span> : null}
    </span>
  );
}

interface CardPanelProps {
  readonly run: RunDetail;
  readonly now: CardNow;
  readonly card: CardRow | undefined;
}

/** One card: its quantities, and who else uses it while that is known. */
export function CardPanel({ run, now, card }: CardPanelProps) {
  const { t } = useTranslation("system");
  const heat = now.measures.get("temperature");
  return (
    <section className={styles.panel} aria-label={t("card.label", { index: now.index })} data-testid="system-card">
      <header className={styles.head}>
        <h2 className={styles.title}>{t("card.label", { index: now.index })}</h2>
        {card ? <span className={styles.dim}>{shortName(card.name)}</span> : null}
        {card ? <Others run={run.id} card={card} /> : null}
      </header>
      <dl className={styles.tiles}>
        {CARD_MEASURES.map((id) => {
          const measured = now.measures.get(id);
          if (!measured) return null;
          const hot = measured === heat && measured.value >= HOT_C;
          return <Tile key={id} run={run.id} label={t(`card.${id}`)} unit={UNITS[id]} measured={measured} hot={hot} />;
        })}
      </dl>
    </section>
  );
}
