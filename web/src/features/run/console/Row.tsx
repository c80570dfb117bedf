import { Fragment, memo } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatInstant, formatTimeOfDay } from "../../../lib/format";
import styles from "./Console.module.css";
import { partsOf, type ConsoleRow } from "./rows";
import { useWords } from "./use-words";

function Text({ text, query }: { text: string; query: string }) {
  return partsOf(text, query).map(({ text: part, isMatch }, at) =>
    // oxlint-disable-next-line react/no-array-index-key -- a part is told by its place alone
    isMatch ? <mark key={at}>{part}</mark> : <Fragment key={at}>{part}</Fragment>,
  );
}

function Line({ row, query, withTime }: { row: Extract<ConsoleRow, { kind: "line" }>; query: string; withTime: boolean }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const { stream, rank, time } = row.line;
  return (
    <>
      <span className={styles.gutter}>
        {rank > 0 ? <span title={t("console.rank", { rank })}>{`r${rank}`}</span> : null}
        {stream === "err" ? <span title={t("console.stderr")}>err</span> : null}
      </span>
      {withTime ? (
        <time className={styles.time} dateTime={time} title={formatInstant(Date.parse(time), language)}>
          {formatTimeOfDay(Date.parse(time), language)}
        </time>
      ) : null}
      <span className={styles.text}>
        <Text text={row.text} query={query} />
      </span>
    </>
  );
}

interface RowProps {
  readonly row: ConsoleRow;
  readonly query: string;
  readonly isCurrent: boolean;
  readonly withTime: boolean;
}

/** One line, or what is said in place of lines. */
export const Row = memo(function Row({ row, query, isCurrent, withTime }: RowProps) {
  const language = useLanguage();
  const words = useWords();
  if (row.kind === "line") {
    return (
      <div className={styles.line} data-stream={row.line.stream} data-current={isCurrent} data-testid="console-line">
        <Line row={row} query={query} withTime={withTime} />
      </div>
    );
  }
  return (
    <div className={styles.note} data-kind={row.kind} data-testid={`console-${row.kind}`}>
      <span className={styles.words}>{words(row)}</span>
      {row.kind === "attempt" ? <time dateTime={row.time}>{formatInstant(Date.parse(row.time), language)}</time> : null}
    </div>
  );
});
