import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RunDetail } from "../../../api/client";
import { itemNamesQuery, itemsQuery, thumbnailUrl } from "../../../items/queries";
import { TabLink } from "../TabLink";
import { Card } from "./Card";
import styles from "./Overview.module.css";

const NAME = /^predictions\/\d+$/;
const MOST = 4;

/** The newest pictures of the validation with what was found in them. */
export function Pictures({ run }: { run: RunDetail }) {
  const { t } = useTranslation("overview");
  const { data: all = [] } = useQuery(itemNamesQuery(run.id));
  const known = all.filter(({ kind, name }) => kind === "image" && NAME.test(name)).slice(0, MOST);
  const from = Math.min(...known.map(({ last_epoch: epoch }) => epoch ?? 0));
  const names = known.map(({ name }) => name);
  const { data: items = [] } = useQuery(itemsQuery([run.id], { names, ...(Number.isFinite(from) ? { fromEpoch: from } : {}) }, names.length > 0));
  const newest = names.flatMap((name) => items.findLast((item) => item.name === name) ?? []);
  if (newest.length === 0) return null;
  return (
    <Card id="pictures" title={t("pictures.title")} more={{ run: run.id, tab: "images", label: t("pictures.all") }}>
      <div className={styles.pictures}>
        {newest.map((item, at) => {
          const url = thumbnailUrl(item);
          return url === null ? null : (
            <TabLink key={item.name} run={run.id} tab="images" className={styles.picture}>
              <img src={url} alt={t("pictures.alt", { number: at + 1 })} loading="lazy" decoding="async" />
            </TabLink>
          );
        })}
      </div>
    </Card>
  );
}
