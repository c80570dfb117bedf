import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { itemNamesQuery, itemsQuery } from "../../../items/queries";
import { Card } from "./Card";
import { confusionsOf, type Confusions, type Mixed } from "./classes";
import styles from "./Overview.module.css";

const MATRIX = "confusion";
const KINDS = ["mixed", "missed", "invented"] as const;

/** The mistakes of the newest matrix; null while there is none. */
function useConfusions(run: string): { epoch: number | null; found: Confusions } | null {
  const { data: names } = useQuery(itemNamesQuery(run));
  const known = names?.find(({ kind, name }) => kind === "matrix" && name === MATRIX);
  const from = known?.last_step ?? undefined;
  const ask = { names: [MATRIX], kinds: ["matrix" as const], data: true, ...(from === undefined ? {} : { fromStep: from }) };
  const { data: items } = useQuery(itemsQuery([run], ask, known !== undefined));
  const item = items?.findLast(({ data }) => data?.type === "matrix");
  return useMemo(() => (item?.data?.type === "matrix" ? { epoch: item.epoch, found: confusionsOf(item.data) } : null), [item]);
}

function Mistake({ kind, mixed }: { kind: (typeof KINDS)[number]; mixed: Mixed }) {
  const { t } = useTranslation("overview");
  const language = useLanguage();
  const values = { truth: mixed.truth ?? "", found: mixed.found ?? "", count: mixed.count, percent: formatNumber(Math.round((mixed.share ?? 0) * 100), language) };
  const said = t(`confusion.${kind}`, values);
  return (
    <li title={said}>
      <span className={styles.kind}>{t(`confusion.kinds.${kind}`)}</span>
      <span>{said}</span>
    </li>
  );
}

/** What the detector mixes up, misses and makes up most. */
export function ConfusionCard({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const newest = useConfusions(run.id);
  if (!newest || KINDS.every((kind) => newest.found[kind] === null)) return null;
  const title = newest.epoch === null ? t("confusion.title") : t("confusion.titleAt", { epoch: Math.round(newest.epoch) });
  return (
    <Card id="confusion" title={title} more={{ run: run.id, tab: "classes", label: t("confusion.all") }}>
      <ul className={styles.mistakes}>
        {KINDS.map((kind) => {
          const mixed = newest.found[kind];
          return mixed ? <Mistake key={kind} kind={kind} mixed={mixed} /> : null;
        })}
      </ul>
    </Card>
  );
}
