import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import styles from "../Classes.module.css";
import type { Cell } from "../search";
import type { Naming } from "../use-name";
import { useMixWords } from "../use-words";
import own from "./Confusion.module.css";
import { topMixes, type Confusion, type Mix } from "./derive";

const MOST = 8;

interface ListProps {
  readonly title: string;
  readonly mixes: readonly Mix[];
  readonly naming: Naming;
  readonly picked: Cell | undefined;
  readonly onPick: (mix: Mix) => void;
}

function MixList({ title, mixes, naming, picked, onPick }: ListProps) {
  const say = useMixWords(naming);
  if (mixes.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <ol className={own.mixes}>
        {mixes.map((mix) => (
          <li key={`${mix.predicted}/${mix.true}`}>
            <button type="button" aria-pressed={picked?.predicted === mix.predicted && picked.true === mix.true} data-testid="top-mix" onClick={() => onPick(mix)}>
              <span className={own.share} style={{ width: `${mix.of > 0 ? Math.min(100, (100 * mix.count) / mix.of) : 0}%` }} />
              <span>{say(mix)}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The mistakes that happen most, in words: the matrix for those who do not see it, and the short way for all. */
export function TopMixes({ confusion, ...rest }: { confusion: Confusion } & Omit<ListProps, "title" | "mixes">) {
  const { t } = useTranslation("classes");
  const between = useMemo(() => topMixes(confusion, "classes", MOST), [confusion]);
  const background = useMemo(() => topMixes(confusion, "background", MOST), [confusion]);
  return (
    <section className={styles.card}>
      <h3>{t("topMixes")}</h3>
      {between.length + background.length === 0 ? <p className={styles.hint}>{t("noMixes")}</p> : null}
      <MixList title={t("betweenClasses")} mixes={between} {...rest} />
      <MixList title={t("withBackground")} mixes={background} {...rest} />
    </section>
  );
}
