import { SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Happened } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { HealthBadge, HealthIcon } from "../../../ui/HealthBadge";
import { endOf, ticksOf, timelineRows, type TimelineRow } from "./timeline";
import styles from "./Timeline.module.css";
import { useTold } from "./use-told";

type Seek = (rule: string) => void;

/** Says a row in words: what the picture of it shows. */
function useRowWords(): (row: TimelineRow) => string {
  const { t } = useTranslation("diagnosis");
  const told = useTold();
  return ({ title, severity, stretches }) => {
    const spans = stretches.map(({ from, to }) => (to === null ? t("timeline.from", { from: Math.round(from) }) : t("timeline.between", { from: Math.round(from), to: Math.round(to) })));
    return t("timeline.open", { title: told(title), severity: t(`severity.${severity}`), spans: spans.join(t("timeline.joint")) });
  };
}

function Row({ row, end, onSeek }: { row: TimelineRow; end: number; onSeek: Seek }) {
  const told = useTold();
  const words = useRowWords()(row);
  const share = (epoch: number) => `${(100 * epoch) / end}%`;
  return (
    <li>
      <button type="button" className={styles.row} aria-label={words} title={words} onClick={() => onSeek(row.rule)} data-testid="timeline-row">
        <span className={styles.name}>
          <HealthIcon of={row.severity} />
          <span>{told(row.title)}</span>
        </span>
        <span className={styles.track}>
          {row.stretches.map(({ from, to, severity }, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- one may begin where another does, and none moves
            <span key={at} className={styles.stretch} data-tone={severity} data-open={to === null} style={{ left: share(from), right: `calc(100% - ${share(to ?? end)})` }} />
          ))}
        </span>
      </button>
    </li>
  );
}

function Strip({ rows, end, onSeek }: { rows: readonly TimelineRow[]; end: number; onSeek: Seek }) {
  const { t } = useTranslation("diagnosis");
  const language = useLanguage();
  return (
    <div className={styles.strip}>
      <ol>
        {rows.map((row) => (
          <Row key={row.rule} row={row} end={end} onSeek={onSeek} />
        ))}
      </ol>
      <div className={styles.axis} aria-hidden="true">
        <span className={styles.axisName}>{t("timeline.epoch")}</span>
        <span className={styles.ticks}>
          {ticksOf(end).map((tick) => (
            <span key={tick} style={{ left: `${(100 * tick) / end}%` }}>
              {formatNumber(tick, language)}
            </span>
          ))}
        </span>
      </div>
    </div>
  );
}

function Table({ timeline }: { timeline: readonly Happened[] }) {
  const { t } = useTranslation("diagnosis");
  const language = useLanguage();
  const told = useTold();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table scrolls, also by keys
    <div className={styles.scroll} role="region" aria-label={t("timeline.title")} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("timeline.epoch")}</th>
            <th scope="col">{t("timeline.finding")}</th>
            <th scope="col">{t("timeline.what")}</th>
            <th scope="col">{t("timeline.severity")}</th>
            <th scope="col">{t("timeline.reason")}</th>
          </tr>
        </thead>
        <tbody>
          {timeline.map(({ kind, epoch, title, severity, reason }, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines are only added, at the end
            <tr key={at}>
              <td>{formatNumber(epoch === null ? null : Math.round(epoch), language)}</td>
              <td>{told(title)}</td>
              <td>{t(`timeline.kinds.${kind}`)}</td>
              <td>
                <HealthBadge of={severity} label={t(`severity.${severity}`)} />
              </td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** When findings opened and closed, as a strip over the epochs or as a table. */
export function Timeline({ timeline, epoch, onSeek }: { timeline: readonly Happened[]; epoch: number; onSeek: Seek }) {
  const { t } = useTranslation("diagnosis");
  const [view, setView] = useState("strip");
  const rows = useMemo(() => timelineRows(timeline), [timeline]);
  if (rows.length === 0) return null;
  return (
    <section className={styles.timeline} aria-labelledby="timeline-title" data-testid="timeline">
      <header className={styles.bar}>
        <h2 id="timeline-title">{t("timeline.title")}</h2>
        <SegmentedControl
          size="xs"
          aria-label={t("timeline.view")}
          value={view}
          onChange={setView}
          data={[
            { value: "strip", label: t("timeline.strip") },
            { value: "table", label: t("timeline.table") },
          ]}
        />
      </header>
      {view === "strip" ? <Strip rows={rows} end={endOf(rows, epoch)} onSeek={onSeek} /> : <Table timeline={timeline} />}
    </section>
  );
}
