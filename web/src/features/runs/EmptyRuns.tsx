import { useTranslation } from "react-i18next";
import { CopyButton } from "../../ui/CopyButton";
import { ImportButton } from "./ImportButton";
import styles from "./EmptyRuns.module.css";

const WRAP = "yoloscope run -- yolo detect train data=coco8.yaml model=yolo11n.pt epochs=50";

function postCommand(origin: string): string {
  return `curl -X POST ${origin}/log -H 'content-type: application/json' -d '{"step":1,"epoch":0,"loss_box":1.2}'`;
}

function Way({ title, hint, command }: { title: string; hint: string; command: string }) {
  const { t } = useTranslation("runs");
  return (
    <section className={styles.way}>
      <h2 className={styles.wayTitle}>{title}</h2>
      <p className={styles.hint}>{hint}</p>
      <div className={styles.command}>
        <code>{command}</code>
        <CopyButton text={command} label={t("copy")} doneLabel={t("copied")} />
      </div>
    </section>
  );
}

/** What a new installation shows: how the first run gets here. */
export function EmptyRuns({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const { t } = useTranslation("runs");
  return (
    <div className={styles.empty}>
      <h1 className={styles.title}>{t("empty.title")}</h1>
      <p className={styles.intro}>{t("empty.intro")}</p>
      <Way title={t("empty.wrap")} hint={t("empty.wrapHint")} command={WRAP} />
      <Way title={t("empty.post")} hint={t("empty.postHint")} command={postCommand(window.location.origin)} />
      <section className={styles.way}>
        <h2 className={styles.wayTitle}>{t("empty.import")}</h2>
        <p className={styles.hint}>{t("empty.importHint")}</p>
        <ImportButton onFiles={onFiles} />
      </section>
    </div>
  );
}
