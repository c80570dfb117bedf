import { useTranslation } from "react-i18next";
import { X_AXES } from "../lib/columns";
import type { SeriesShape } from "./plan";

/** What may run along x: what every point has, then every series of the run. */
export function AxisOptions({ axes, locale }: { axes: readonly SeriesShape[]; locale: string }) {
  const { t } = useTranslation("panels");
  return (
    <>
      {X_AXES.map((axis) => (
        <option key={axis} value={axis}>
          {t(`axes.${axis}`)}
        </option>
      ))}
      {axes.length > 0 ? (
        <optgroup label={t("axes.series")}>
          {axes.map(({ name, title }) => (
            <option key={name} value={`~${name}`}>
              {locale === "zh" ? title.zh : title.en}
            </option>
          ))}
        </optgroup>
      ) : null}
    </>
  );
}
