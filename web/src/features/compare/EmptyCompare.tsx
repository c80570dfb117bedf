import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ViewMenu } from "../../edits/views/ViewMenu";
import { useLanguage } from "../../i18n/use-language";
import { formatInstant } from "../../lib/format";
import { AddRuns } from "./AddRuns";
import { withToggled } from "./choice";
import styles from "./EmptyCompare.module.css";
import { foundQuery } from "./queries";
import { route, useChange } from "./route";
import { MOST_RUNS } from "./search";
import { useViewedPage } from "./use-viewed-page";

const SUGGESTED = 10;
const NO_RUNS: readonly never[] = [];

/** What the page says without runs: how to choose some, with the newest at hand. */
export function EmptyCompare() {
  const { t } = useTranslation("compare");
  const language = useLanguage();
  const { project } = route.useSearch();
  const change = useChange();
  const page = useViewedPage(NO_RUNS);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { data } = useQuery(foundQuery("", project));
  const newest = data?.slice(0, SUGGESTED) ?? [];
  return (
    <div className={styles.empty}>
      <div className={styles.head}>
        <h1 className={styles.title}>{t("choose.title")}</h1>
        <ViewMenu page={page} />
      </div>
      <p className={styles.text}>{t("choose.text")}</p>
      <AddRuns known={[]} onAdd={(id) => change({ run: [id, ...chosen].slice(0, MOST_RUNS), project: undefined })} />
      {newest.length > 0 ? (
        <fieldset className={styles.newest}>
          <legend>{project === undefined ? t("choose.newest") : t("choose.newestOf", { project })}</legend>
          {newest.map(({ id, name, project: of, created }) => (
            <label key={id} className={styles.choice} aria-label={name}>
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => setChosen(withToggled(chosen, id) ?? [])} />
              <span className={styles.run}>
                <span className={styles.name}>{name}</span>
                <span className={styles.about}>{[of, formatInstant(Date.parse(created), language)].join(" · ")}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {data && newest.length === 0 ? <p className={styles.text}>{t("choose.noRuns")}</p> : null}
      {newest.length > 0 ? (
        <Button size="xs" disabled={chosen.length === 0} onClick={() => change({ run: chosen, project: undefined })}>
          {t("choose.compare", { count: chosen.length })}
        </Button>
      ) : null}
    </div>
  );
}
