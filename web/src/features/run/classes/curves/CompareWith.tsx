import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../../api/client";
import styles from "../Classes.module.css";
import { projectRunsQuery } from "../queries";
import { useClassesView } from "../use-view";
import { useNumbers } from "../use-words";

const EPOCHS_MOST = 200;

function thinned(epochs: readonly number[]): readonly number[] {
  const every = Math.ceil(epochs.length / EPOCHS_MOST);
  return epochs.filter((_, at) => at % every === 0 || at === epochs.length - 1);
}

interface CompareProps {
  readonly run: RunDetail;
  readonly epochs: readonly number[];
  readonly epoch: number | null;
}

/** Chooses what lies dashed behind the curves: an epoch of this run, or another run of the project. */
export function CompareWith({ run, epochs, epoch }: CompareProps) {
  const { t } = useTranslation("classes");
  const { epoch: said } = useNumbers();
  const [{ against, other }, change] = useClassesView();
  const { data: runs = [] } = useQuery(projectRunsQuery(run.project, true));
  const value = other === undefined ? (against === undefined ? "" : `e${against}`) : `r${other}`;
  function choose(next: string): void {
    if (next.startsWith("r")) change({ other: next.slice(1), against: undefined });
    else change({ other: undefined, against: next === "" ? undefined : Number(next.slice(1)) });
  }
  return (
    <label className={styles.sort}>
      {t("compare")}
      <select value={value} data-testid="compare-with" onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{t("compareNothing")}</option>
        <optgroup label={t("compareEpochs")}>
          {thinned(epochs)
            .filter((one) => one !== epoch)
            .map((one) => (
              <option key={one} value={`e${one}`}>
                {t("epochAt", { epoch: said(one) })}
              </option>
            ))}
        </optgroup>
        <optgroup label={t("compareRuns")}>
          {runs
            .filter(({ id }) => id !== run.id)
            .map(({ id, name }) => (
              <option key={id} value={`r${id}`}>
                {name}
              </option>
            ))}
        </optgroup>
      </select>
    </label>
  );
}
