import type { PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/client";
import { markedAt, replacedAt } from "./completion";
import styles from "./Filter.module.css";
import type { Filter } from "./use-filter";

const INVALID = "urn:yoloscope:problem:invalid-filter";
const PLACE_SAID = /^where, column \d+ \(.*?\): /; // it is marked
const stay = (event: PointerEvent) => event.preventDefault(); // the field is not left for what is pressed

function Place({ text, error }: { text: string; error: ApiError }) {
  if (!error.place) return null;
  const [before, marked, after] = markedAt(text.trim(), error.place);
  return (
    <code className={styles.place}>
      {before}
      <mark className={styles.mark}>{marked === "" ? "\u00a0" : marked}</mark>
      {after}
    </code>
  );
}

function Suggestions({ filter, error }: { filter: Filter; error: ApiError }) {
  const { t } = useTranslation("finding");
  const { place, suggestions } = error;
  if (!place || suggestions.length === 0) return null;
  return (
    <span className={styles.suggestions}>
      {t("filter.didYouMean")}
      {suggestions.map((name) => (
        <button
          key={name}
          type="button"
          className={styles.suggestion}
          onPointerDown={stay}
          onClick={() => void filter.apply(replacedAt(filter.text.trim(), place, name))}
        >
          {name}
        </button>
      ))}
    </span>
  );
}

function Said({ error }: { error: Error }) {
  const { t } = useTranslation("finding");
  if (!(error instanceof ApiError)) return <span>{t("filter.unreachable")}</span>;
  if (error.suggestions.length > 0) return <span>{t("filter.unknown")}</span>;
  return (
    <>
      <span>{t(error.type === INVALID && error.place ? "filter.invalid" : "filter.refused")}</span>
      <span lang="en" className={styles.detail}>
        {error.message.replace(PLACE_SAID, "")}
      </span>
    </>
  );
}

/** What the server has against the filter: the place in it, and the names that may be meant. */
export function FilterFault({ filter, error }: { filter: Filter; error: Error }) {
  const { t } = useTranslation("finding");
  return (
    <div className={styles.fault} data-testid="filter-fault">
      {error instanceof ApiError ? <Place text={filter.text} error={error} /> : null}
      <span className={styles.faultLine}>
        <Said error={error} />
        {error instanceof ApiError ? <Suggestions filter={filter} error={error} /> : null}
        {filter.pending ? (
          <button type="button" className={styles.suggestion} onPointerDown={stay} onClick={filter.reset}>
            {t("filter.takeBack")}
          </button>
        ) : null}
      </span>
    </div>
  );
}
