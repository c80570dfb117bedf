import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CloseIcon } from "../ui/icons";
import { useToasts } from "../ui/Toasts";
import { alteredBy, tagUses, withTags, type TagChange, type Tagged, type TagUse } from "./change";
import styles from "./Edits.module.css";
import { knownTagsQuery, useTagRuns } from "./queries";
import { TagField } from "./TagField";

interface TagEditorProps {
  /** The runs as they are now; a change shows here when they change. */
  readonly runs: readonly Tagged[];
  readonly project: string | undefined;
}

/** Applies a change and offers to take back just that. */
function useTagging(runs: readonly Tagged[]): (change: TagChange, said: (count: number) => string) => void {
  const { t } = useTranslation("edits");
  const toasts = useToasts();
  const { mutate } = useTagRuns();
  return (change, said) => {
    const altered = new Set(alteredBy(runs, change));
    if (altered.size === 0) return;
    const after = runs.filter(({ id }) => altered.has(id)).map(({ id, tags }) => ({ id, tags: withTags(tags, change) }));
    const undo = () => mutate({ runs: after, add: change.remove, remove: change.add });
    mutate({ runs, ...change }, { onSuccess: () => toasts.show({ text: said(altered.size), action: { label: t("undo"), run: undo } }) });
  };
}

interface ChipProps {
  readonly use: TagUse;
  readonly of: number;
  readonly add: () => void;
  readonly remove: () => void;
}

function Chip({ use: { tag, count }, of, add, remove }: ChipProps) {
  const { t } = useTranslation("edits");
  return (
    <li className={styles.chip} data-partly={count < of}>
      <span className={styles.chipText} title={tag}>
        {tag}
      </span>
      {count < of ? (
        <button type="button" className={styles.chipPart} title={t("tags.addToAll", { tag })} aria-label={t("tags.addToAll", { tag })} onClick={add}>
          {t("tags.some", { count, of })}
        </button>
      ) : null}
      <button type="button" className={styles.chipClose} title={t("tags.remove", { tag })} aria-label={t("tags.remove", { tag })} onClick={remove}>
        <CloseIcon />
      </button>
    </li>
  );
}

/** The tags of one run or of many: shows which have which, adds to all, removes from all. */
export function TagEditor({ runs, project }: TagEditorProps) {
  const { t } = useTranslation("edits");
  const { data: known = [] } = useQuery(knownTagsQuery(project));
  const change = useTagging(runs);
  const uses = tagUses(runs);
  const everywhere = new Set(uses.filter(({ count }) => count === runs.length).map(({ tag }) => tag));
  const add = (tag: string) => change({ add: [tag], remove: [] }, (count) => t("tags.added", { tag, count }));
  const remove = (tag: string) => change({ add: [], remove: [tag] }, (count) => t("tags.removed", { tag, count }));
  return (
    <div className={styles.tags} data-testid="tag-editor">
      {uses.length > 0 ? (
        <ul className={styles.chips} aria-label={t("tags.label")}>
          {uses.map((use) => (
            <Chip key={use.tag} use={use} of={runs.length} add={() => add(use.tag)} remove={() => remove(use.tag)} />
          ))}
        </ul>
      ) : null}
      <TagField known={known.filter((tag) => !everywhere.has(tag))} onAdd={add} onBack={() => remove(uses.at(-1)?.tag ?? "")} />
    </div>
  );
}
