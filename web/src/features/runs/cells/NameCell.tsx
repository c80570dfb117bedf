import type { RunSummary } from "../../../api/client";
import { isIntended, lossesOf, rowsLost } from "../../../lib/lost";
import { InfoIcon, NoteIcon, WarningIcon } from "../../../ui/icons";
import { tagsShown } from "../derive";
import { ActButton } from "./ActButton";
import styles from "./Cell.module.css";
import type { Look } from "./look";

const TAGS_SHOWN = 2;

export function Tags({ tags, most, look }: { tags: readonly string[]; most: number; look: Look }) {
  const { shown, more } = tagsShown(tags, most);
  if (shown.length === 0) return null;
  return (
    <span className={styles.tags} title={tags.join("\n")}>
      {shown.map((tag) => (
        <span key={tag} className={styles.tag}>
          {tag}
        </span>
      ))}
      {more > 0 ? (
        <span className={styles.more} aria-label={look.t("moreTags", { count: more })}>
          +{more}
        </span>
      ) : null}
    </span>
  );
}

function LostMark({ lost, look }: { lost: RunSummary["lost"]; look: Look }) {
  const losses = lossesOf(lost);
  if (losses.length === 0) return null;
  const calm = isIntended(losses);
  const label = look.t(calm ? "withheld" : "lost", { count: rowsLost(losses) });
  return (
    <span className={styles.mark} role="img" aria-label={label} title={label} data-calm={calm} data-testid="lost-mark">
      {calm ? <InfoIcon /> : <WarningIcon />}
    </span>
  );
}

/** A run's name as the link to its page, and what a person or the server has to say of it. */
export function NameCell({ run, look, withTags }: { run: RunSummary; look: Look; withTags: boolean }) {
  const { t } = look;
  return (
    <>
      <a href={`/runs/${run.id}`} tabIndex={-1} title={run.name} className={styles.link} data-act="open">
        {run.name}
      </a>
      {run.archived ? <span className={styles.word}>{t("archivedMark")}</span> : null}
      {run.attempt > 1 ? <span className={styles.word}>{t("attempt", { number: run.attempt })}</span> : null}
      {run.note ? (
        <span className={styles.mark} role="img" aria-label={t("noteLabel", { note: run.note })} title={run.note} data-calm="true">
          <NoteIcon />
        </span>
      ) : null}
      <LostMark lost={run.lost} look={look} />
      <ActButton run={run} look={look} />
      {withTags ? <Tags tags={run.tags} most={TAGS_SHOWN} look={look} /> : null}
    </>
  );
}
