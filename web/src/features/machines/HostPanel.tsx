import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { MachineRow } from "../../api/client";
import { useLanguage } from "../../i18n/use-language";
import { formatBytesOf, formatInstant, formatNumber, formatRelative } from "../../lib/format";
import { useOnScreen } from "../../ui/use-on-screen";
import { readyOf, waitsOf } from "../../machines/waiting";
import { CardLine } from "./CardLine";
import { runsOffCards, type Outlook } from "./derive";
import styles from "./Machines.module.css";
import { historyQuery } from "./queries";
import { Queue } from "./Queue";
import { Release } from "./Release";
import { RunLink } from "./RunLink";

const HEAD_PX = 39;
const LINE_PX = 37; // so that the page is as long before its far hosts are drawn as after

function Load({ machine }: { machine: MachineRow }) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const { cpu_percent: cpu, memory_bytes: used, memory_total_bytes: total } = machine;
  const cores = t("cores", { count: machine.cpus });
  return (
    <span className={styles.load}>
      <span>{cpu === null ? cores : `${t("cpu", { percent: formatNumber(Math.round(cpu), language) })} · ${cores}`}</span>
      {used === null || total === null ? null : (
        <span>{t("ram", { of: formatBytesOf(used, total, language) })}</span>
      )}
    </span>
  );
}

function Head({ machine, now }: { machine: MachineRow; now: number }) {
  const { t } = useTranslation("machines");
  const language = useLanguage();
  const heard = Date.parse(machine.heard);
  return (
    <header className={styles.head}>
      <h2 className={styles.host} title={machine.host}>
        {machine.host}
      </h2>
      {machine.online ? (
        <Load machine={machine} />
      ) : (
        <time className={styles.heard} dateTime={machine.heard} title={formatInstant(heard, language)}>
          {t("heard", { when: formatRelative(heard, now, language) })}
        </time>
      )}
    </header>
  );
}

function OffCards({ machine, outlook }: { machine: MachineRow; outlook: Outlook }) {
  const { t } = useTranslation(["machines", "states"]);
  const runs = runsOffCards(machine);
  const bare = machine.cards.length === 0;
  if (!machine.online || (runs.length === 0 && !bare)) return null;
  return (
    <div className={styles.offCards}>
      <span className={styles.dim}>{t(bare ? "noCards" : "onCpu")}</span>
      {runs.map((run) => (
        <span key={run.run} className={styles.offCard}>
          <RunLink run={run} />
          {run.state === "paused" ? <span className={styles.since} data-state="paused">{t("states:paused")}</span> : null}
          <Release runs={[run]} outlook={outlook} machine={machine} hasCard={false} />
        </span>
      ))}
      {bare && runs.length === 0 ? <span className={styles.dim}>{t("noRuns")}</span> : null}
    </div>
  );
}

/** One machine: what it is, how it is loaded, and its cards. */
export function HostPanel({ machine, now, outlook }: { machine: MachineRow; now: number; outlook: Outlook }) {
  const panel = useRef<HTMLElement>(null);
  const visible = useOnScreen(panel);
  const { data } = useQuery(historyQuery(machine.host, visible && machine.cards.length > 0));
  const lines = Math.max(1, machine.cards.length) + waitsOf(machine).length + readyOf(machine).length;
  return (
    <section
      ref={panel}
      id={machine.host}
      className={styles.panel}
      aria-label={machine.host}
      data-testid="machine"
      data-host={machine.host}
      data-online={machine.online}
      style={{ containIntrinsicHeight: `auto ${HEAD_PX + lines * LINE_PX}px` }}
    >
      <Head machine={machine} now={now} />
      {machine.cards.length > 0 ? (
        <div role="table" aria-label={machine.host}>
          {machine.cards.map((card) => (
            <CardLine key={card.uuid} card={card} machine={machine} now={now} outlook={outlook} history={data} />
          ))}
        </div>
      ) : null}
      <OffCards machine={machine} outlook={outlook} />
      <Queue machine={machine} now={now} />
    </section>
  );
}
