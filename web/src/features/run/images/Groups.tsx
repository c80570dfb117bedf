import { useTranslation } from "react-i18next";
import { formatNumber } from "../../../lib/format";
import { useLanguage } from "../../../i18n/use-language";
import { knownGroup, type PictureGroup } from "./groups";
import styles from "./ImagesTab.module.css";

interface GroupsProps {
  readonly groups: readonly PictureGroup[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Chooses what kind of pictures to look at. */
export function Groups({ groups, chosen, onChoose }: GroupsProps) {
  const { t } = useTranslation("items");
  const language = useLanguage();
  return (
    <div className={styles.groups} role="group" aria-label={t("images.groups.label")}>
      {groups.map(({ id, names }) => {
        const known = knownGroup(id);
        return (
          <button key={id} type="button" className={styles.group} aria-pressed={id === chosen} title={known ? t(`images.groups.${known}What`) : id} onClick={() => onChoose(id)}>
            <span>{known ? t(`images.groups.${known}`) : id}</span>
            <small>{formatNumber(names.length, language)}</small>
          </button>
        );
      })}
    </div>
  );
}
