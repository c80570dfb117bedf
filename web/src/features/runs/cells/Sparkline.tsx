import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RunSummary } from "../../../api/client";
import { useLanguage } from "../../../i18n/use-language";
import { formatNumber } from "../../../lib/format";
import { sparkPath } from "../../../lib/spark";
import { numberOf } from "../list/values";
import { sparkQuery } from "../queries";
import styles from "./Cell.module.css";

const BOX = { width: 96, height: 18 };
const EDGE = 2; // keeps the stroke's ends inside the picture
const REST_MS = 150; // rows that only fly past fetch nothing

function useRested(): boolean {
  const [rested, setRested] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), REST_MS);
    return () => clearTimeout(timer);
  }, []);
  return rested;
}

/** A series over the run in the size of a word. */
export function Sparkline({ run, name }: { run: RunSummary; name: string }) {
  const { t } = useTranslation("runs");
  const language = useLanguage();
  const last = numberOf(run, name);
  const rested = useRested();
  const { data } = useQuery(sparkQuery(run.id, name, rested && (last !== null || !name.startsWith("metrics/"))));
  const path = data ? sparkPath(data.x, data.mean, BOX) : "";
  if (path === "") return <span className={styles.noSpark} aria-hidden="true" />;
  return (
    <svg
      className={styles.spark}
      width={BOX.width + 2 * EDGE}
      height={BOX.height + 2 * EDGE}
      viewBox={`${-EDGE} ${-EDGE} ${BOX.width + 2 * EDGE} ${BOX.height + 2 * EDGE}`}
      role="img"
      aria-label={t("trendLabel", { name, value: formatNumber(last, language) })}
    >
      <path d={path} />
    </svg>
  );
}
