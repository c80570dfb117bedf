import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { AxisOptions } from "../../panels/AxisOptions";
import { useLanguage } from "../../i18n/use-language";
import { EMPTY_LAYOUT, isUntouched } from "../../panels/layout";
import type { SeriesShape } from "../../panels/plan";
import { xChoiceOf } from "../../panels/settings";
import { FLAG_CHOICES } from "./diagnosis/flags";
import { route, useViewChange, zoomedTo } from "./route";
import styles from "./Toolbar.module.css";
import type { KeptLayout } from "./use-layout";

interface Choice {
  readonly name: string;
  readonly value: string;
  readonly data: readonly { readonly value: string; readonly label: ReactNode }[];
  readonly onChange: (value: string) => void;
}

function Row({ name, value, data, onChange }: Choice) {
  const id = useId();
  return (
    <>
      <span className={styles.displayName} id={id}>
        {name}
      </span>
      <SegmentedControl size="xs" aria-labelledby={id} data={[...data]} value={value} onChange={onChange} />
    </>
  );
}

function AxisRow({ axes }: { axes: readonly SeriesShape[] }) {
  const { t } = useTranslation("panels");
  const id = useId();
  const { x } = route.useSearch();
  const change = useViewChange();
  function choose(value: string): void {
    const chosen = xChoiceOf(value);
    change({ x: chosen === "step" ? undefined : chosen, ...zoomedTo(null) });
  }
  return (
    <>
      <span className={styles.displayName} id={id}>
        {t("controls.axis")}
      </span>
      <NativeSelect size="xs" aria-labelledby={id} data-testid="x-axis" value={x ?? "step"} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <AxisOptions axes={axes} locale={useLanguage()} />
      </NativeSelect>
    </>
  );
}

/** How all charts are drawn, beyond what the toolbar has room for. */
export function DisplayControls({ axes, kept }: { axes: readonly SeriesShape[]; kept: KeptLayout }) {
  const { t } = useTranslation(["panels", "diagnosis"]);
  const { by, clip, flags } = route.useSearch();
  const change = useViewChange();
  return (
    <div className={styles.display}>
      <Row
        name={t("controls.smoothing")}
        value={by ?? "ema"}
        data={[
          { value: "ema", label: t("controls.ema") },
          { value: "median", label: <span data-testid="by-median">{t("controls.median")}</span> },
        ]}
        onChange={(value) => change({ by: value === "median" ? "median" : undefined })}
      />
      <Row
        name={t("controls.outliers")}
        value={clip ? "clip" : "whole"}
        data={[
          { value: "whole", label: t("controls.showAll") },
          { value: "clip", label: <span data-testid="clip">{t("controls.clip")}</span> },
        ]}
        onChange={(value) => change({ clip: value === "clip" ? true : undefined })}
      />
      <Row
        name={t("diagnosis:marks.title")}
        value={flags ?? "problems"}
        data={FLAG_CHOICES.map((value) => ({ value, label: <span data-testid={`flags-${value}`}>{t(`diagnosis:marks.${value}`)}</span> }))}
        onChange={(value) => change({ flags: value === "none" || value === "all" ? value : undefined })}
      />
      <AxisRow axes={axes} />
      <div className={styles.displayRest}>
        <Button variant="default" size="compact-sm" disabled={isUntouched(kept.layout)} data-testid="reset-layout" onClick={() => kept.change(() => EMPTY_LAYOUT)}>
          {t("page.resetLayout")}
        </Button>
        <p className={styles.displayWhat}>{t("page.layoutWhat")}</p>
      </div>
    </div>
  );
}
