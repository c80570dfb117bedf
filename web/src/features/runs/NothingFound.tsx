import { useTranslation } from "react-i18next";
import { Notice } from "../../ui/Notice";
import { route, useViewChange } from "./route";

/** Where runs exist but none is shown: says why, and leads back. */
export function NothingFound() {
  const { t } = useTranslation("runs");
  const { where, project, archived } = route.useSearch();
  const go = useViewChange();
  const navigate = route.useNavigate();
  if (where !== undefined) return <Notice title={t("nothing.filtered")} detail={where} action={{ label: t("nothing.clear"), run: () => go({ where: undefined }) }} />;
  if (archived === "only") return <Notice title={t("nothing.noArchived")} action={{ label: t("nothing.notArchived"), run: () => go({ archived: undefined }) }} />;
  if (archived === undefined) return <Notice title={t("nothing.maybeArchived")} action={{ label: t("nothing.withArchived"), run: () => go({ archived: "any" }) }} />;
  return <Notice title={t("empty.filtered", { project })} action={{ label: t("empty.showAll"), run: () => void navigate({ search: {} }) }} />;
}
