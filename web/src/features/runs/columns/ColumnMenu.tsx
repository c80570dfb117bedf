import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Sorting } from "../table/Head";
import type { Resizing } from "../table/use-resize";
import { isGroupable, sortTerm } from "./kinds";
import { movedBy, without, withPin, type ColumnSpec } from "./specs";
import type { Columns } from "./use-columns";
import { useViewChange } from "../route";
import styles from "./ColumnMenu.module.css";

const STEP_PX = 24;

interface ColumnMenuProps {
  readonly spec: ColumnSpec;
  readonly columns: Columns;
  readonly sorting: Sorting;
  readonly width: number;
  readonly resizing: Resizing;
  readonly close: () => void;
}

function SortItems({ spec, sorting }: Pick<ColumnMenuProps, "spec" | "sorting">) {
  const { t } = useTranslation("runs");
  const term = sortTerm(spec.id);
  if (term === null) return null;
  const sort = (descending: boolean) => sorting.change([{ term, descending }]);
  return (
    <>
      <Menu.Item onClick={() => sort(false)}>{t("menu.ascending")}</Menu.Item>
      <Menu.Item onClick={() => sort(true)}>{t("menu.descending")}</Menu.Item>
      <Menu.Divider />
    </>
  );
}

function PlaceItems({ spec, columns }: Pick<ColumnMenuProps, "spec" | "columns">) {
  const { t } = useTranslation("runs");
  const { shown, change } = columns;
  const at = shown.findIndex((one) => one.id === spec.id);
  const canGo = (by: -1 | 1) => shown[at + by]?.pinned === spec.pinned;
  return (
    <>
      <Menu.Item closeMenuOnClick={false} disabled={!canGo(-1)} onClick={() => change(movedBy(shown, spec.id, -1))}>
        {t("menu.left")}
      </Menu.Item>
      <Menu.Item closeMenuOnClick={false} disabled={!canGo(1)} onClick={() => change(movedBy(shown, spec.id, 1))}>
        {t("menu.right")}
      </Menu.Item>
      <Menu.Item onClick={() => change(withPin(shown, spec.id, !spec.pinned))}>{t(spec.pinned ? "menu.unpin" : "menu.pin")}</Menu.Item>
    </>
  );
}

/** What can be done with a column, for those who do not drag. */
export default function ColumnMenu({ spec, columns, sorting, width, resizing, close }: ColumnMenuProps) {
  const { t } = useTranslation("runs");
  const go = useViewChange();
  return (
    <Menu opened onClose={close} position="bottom-start" shadow="md" width={208} trapFocus withinPortal>
      <Menu.Target>
        <span className={styles.anchor} />
      </Menu.Target>
      <Menu.Dropdown>
        <SortItems spec={spec} sorting={sorting} />
        <PlaceItems spec={spec} columns={columns} />
        <Menu.Divider />
        <Menu.Item closeMenuOnClick={false} onClick={() => resizing.resize(spec.id, width + STEP_PX)}>
          {t("menu.wider")}
        </Menu.Item>
        <Menu.Item closeMenuOnClick={false} onClick={() => resizing.resize(spec.id, width - STEP_PX)}>
          {t("menu.narrower")}
        </Menu.Item>
        {spec.width === null ? null : <Menu.Item onClick={() => resizing.resize(spec.id, null)}>{t("menu.usualWidth")}</Menu.Item>}
        <Menu.Divider />
        {isGroupable(spec.id) ? <Menu.Item onClick={() => go({ by: spec.id, folded: undefined, folds: undefined })}>{t("menu.group")}</Menu.Item> : null}
        {spec.id === "name" ? null : <Menu.Item onClick={() => columns.change(without(columns.shown, spec.id))}>{t("menu.hide")}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
