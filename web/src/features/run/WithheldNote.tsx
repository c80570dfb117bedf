import { useTranslation } from "react-i18next";
import { InfoIcon } from "../../ui/icons";
import type { Withheld } from "./withheld";
import styles from "./WithheldNote.module.css";

/** Why there is a stand-in where somebody looks for a name, and how to allow it. */
export function WithheldNote({ what }: { what: Withheld }) {
  const { t } = useTranslation("run");
  return (
    <p className={styles.note} data-testid={`withheld-${what}`}>
      <InfoIcon />
      {t(`withheld.${what}`)}
    </p>
  );
}
