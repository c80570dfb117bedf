import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, type ComponentType, type LazyExoticComponent } from "react";
import { useTranslation } from "react-i18next";
import type { MediaName, RunDetail } from "../../../api/client";
import { itemNamesQuery } from "../../../items/queries";
import { Notice } from "../../../ui/Notice";
import { WithheldNote } from "../WithheldNote";
import styles from "./Classes.module.css";
import { areWithheld, classNames } from "./names";
import { isThere, partsOf } from "./parts";
import { PARTS, type Part } from "./search";
import { useClassesView } from "./use-view";

export interface PartProps {
  readonly run: RunDetail;
  readonly items: readonly MediaName[];
}

const CONTENT: Record<Part, LazyExoticComponent<ComponentType<PartProps>>> = {
  ap: lazy(() => import("./ap/ApPart")),
  curves: lazy(() => import("./curves/CurvesPart")),
  confusion: lazy(() => import("./confusion/ConfusionPart")),
  errors: lazy(() => import("./errors/ErrorsPart")),
  labels: lazy(() => import("./labels/LabelsPart")),
  losses: lazy(() => import("./losses/LossesPart")),
};

const NO_ITEMS: readonly MediaName[] = [];

function Missing({ part }: { part: Part }) {
  const { t } = useTranslation("classes");
  return (
    <Notice title={t(`missing.${part}.title`)} detail={t(`missing.${part}.text`)}>
      <code className={styles.command}>{t(`missing.${part}.command`)}</code>
    </Notice>
  );
}

/** Which classes are bad, why, and since when. */
export default function ClassesTab({ run }: { run: RunDetail }) {
  const { t } = useTranslation("classes");
  const [{ part }, change] = useClassesView();
  const { data: items = NO_ITEMS } = useQuery(itemNamesQuery(run.id));
  const parts = partsOf({ run, items }, part);
  const shown = part ?? parts[0] ?? "ap";
  const Content = CONTENT[shown];
  const withheld = useMemo(() => areWithheld(run.settings, classNames(run.series, run.settings)), [run.settings, run.series]);
  return (
    <Tabs className={styles.tab} variant="pills" value={shown} onChange={(value) => change({ part: PARTS.find((one) => one === value), epoch: undefined })}>
      <Tabs.List className={styles.parts} aria-label={t("parts.label")}>
        {(parts.length > 0 ? parts : [shown]).map((one) => (
          <Tabs.Tab key={one} value={one} data-testid={`part-${one}`}>
            {t(`parts.${one}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={shown} className={styles.body}>
        {withheld && shown !== "losses" ? <WithheldNote what="classes" /> : null}
        {isThere(shown, { run, items }) ? (
          <Suspense fallback={<div className={styles.loading} aria-busy="true" />}>
            <Content run={run} items={items} />
          </Suspense>
        ) : (
          <Missing part={shown} />
        )}
      </Tabs.Panel>
    </Tabs>
  );
}
