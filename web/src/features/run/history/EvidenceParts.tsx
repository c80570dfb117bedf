import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatInstant } from "../../../lib/format";
import { CopyButton } from "../../../ui/CopyButton";
import { WarningIcon } from "../../../ui/icons";
import type { Evidence } from "./attempts";
import styles from "./History.module.css";

interface TraceProps {
  readonly title: string;
  readonly what: string;
  readonly lines: readonly string[];
  readonly attempt: number;
}

function Trace({ title, what, lines, attempt }: TraceProps) {
  const { t } = useTranslation("run");
  const text = lines.join("\n");
  return (
    <figure className={styles.trace}>
      <figcaption>
        <strong>{title}</strong>
        <CopyButton text={text} label={t("history.copy")} doneLabel={t("history.copied")} />
        <span>{what}</span>
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it is scrolled by the keyboard, too */}
      <pre tabIndex={0} role="region" aria-label={`${t("history.attempt", { number: attempt })}: ${title}`}>
        {text}
      </pre>
    </figure>
  );
}

/** What was seen of a process from outside, the gravest first. */
export function EvidenceParts({ evidence, attempt }: { evidence: Evidence; attempt: number }) {
  const { t } = useTranslation("run");
  const language = useLanguage();
  const { stack, fault, memoryKills } = evidence;
  return (
    <>
      {memoryKills > 0 ? (
        <p className={styles.memory}>
          <WarningIcon />
          {t("history.oom", { count: memoryKills })}
        </p>
      ) : null}
      {fault ? <Trace title={t("history.fault")} what={t("history.faultWhat")} lines={fault} attempt={attempt} /> : null}
      {stack ? (
        <Trace
          title={t("history.stack")}
          what={`${t(`history.stackWhy.${stack.why}`, { time: formatInstant(stack.timeMs, language) })}${stack.by === "" ? "" : ` · ${stack.by}`}`}
          lines={stack.lines}
          attempt={attempt}
        />
      ) : null}
    </>
  );
}
