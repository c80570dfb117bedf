import { useTranslation } from "react-i18next";
import { lineColor } from "../../../../charts/palette";
import styles from "../Classes.module.css";
import { useTheme } from "../use-look";
import type { Naming } from "../use-name";
import { useNumbers } from "../use-words";
import type { Bar } from "./derive";
import own from "./Labels.module.css";

/** Instances of each class, of the training and of the validation by their own scales. */
export function ClassBars({ bars, naming }: { bars: readonly Bar[]; naming: Naming }) {
  const { t } = useTranslation("classes");
  const theme = useTheme();
  const { number } = useNumbers();
  const [trains, vals] = [Math.max(1, ...bars.map(({ train }) => train)), Math.max(1, ...bars.map(({ val }) => val))];
  return (
    <section className={styles.card} aria-labelledby="class-bars">
      <h3 id="class-bars">{t("instances")}</h3>
      <p className={styles.hint}>{t("instancesHint")}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- many classes scroll, also by keyboard */}
      <div className={own.scroller} tabIndex={0} role="region" aria-labelledby="class-bars">
        <table className={own.bars}>
          <thead>
            <tr>
              <th scope="col">{t("class")}</th>
              <th scope="col" aria-label={t("bars")} />
              <th scope="col">{t("train")}</th>
              <th scope="col">{t("val")}</th>
            </tr>
          </thead>
          <tbody>
            {bars.map((bar) => (
              <tr key={bar.number}>
                <th scope="row" title={naming.ofNumber(bar.number)}>
                  {naming.ofNumber(bar.number)}
                </th>
                <td aria-hidden="true">
                  <span className={own.bar} style={{ width: `${(100 * bar.train) / trains}%`, background: lineColor(theme, 0) }} />
                  <span className={own.bar} style={{ width: `${(100 * bar.val) / vals}%`, background: lineColor(theme, 1) }} />
                </td>
                <td>{number(bar.train)}</td>
                <td>{number(bar.val)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
