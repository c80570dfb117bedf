import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { copyText } from "../lib/clipboard";
import styles from "./ChartPanel.module.css";
import { allPointsUrl, saveCsv, savePng, saveSvg } from "./export";
import type { PanelLayout } from "./context";
import type { PanelMenuProps } from "./PanelMenu";

interface ActionProps {
  readonly run: (() => void) | null;
  readonly testId: string;
  readonly children: ReactNode;
}

function Action({ run, testId, children }: ActionProps) {
  return (
    <button type="button" className={styles.action} disabled={run === null} data-testid={testId} onClick={() => run?.()}>
      {children}
    </button>
  );
}

const TALLEST = 4;

/** Size and place by keyboard: what a pointer does by dragging. */
function PlaceActions({ layout, onDone }: { layout: PanelLayout; onDone: () => void }) {
  const { t } = useTranslation("panels");
  const { width, height, columns, onSize } = layout;
  return (
    <div className={styles.actions} role="group" aria-label={t("menu.place")}>
      <Action testId="wider" run={width < columns ? () => onSize(width + 1, height) : null}>
        {t("menu.wider")}
      </Action>
      <Action testId="narrower" run={width > 1 ? () => onSize(width - 1, height) : null}>
        {t("menu.narrower")}
      </Action>
      <Action testId="taller" run={height < TALLEST ? () => onSize(width, height + 1) : null}>
        {t("menu.taller")}
      </Action>
      <Action testId="shorter" run={height > 1 ? () => onSize(width, height - 1) : null}>
        {t("menu.shorter")}
      </Action>
      <Action testId="earlier" run={layout.onEarlier}>
        {t("menu.earlier")}
      </Action>
      <Action testId="later" run={layout.onLater}>
        {t("menu.later")}
      </Action>
      <Action
        testId="pin"
        run={() => {
          onDone();
          layout.onPin();
        }}
      >
        {t(layout.isPinned ? "menu.unpin" : "menu.pin")}
      </Action>
      <Action
        testId="hide"
        run={() => {
          onDone();
          layout.onHide();
        }}
      >
        {t("menu.hide")}
      </Action>
    </div>
  );
}

/** What can be taken from a chart. */
function TakeActions({ plan, context, drawing, settings }: PanelMenuProps) {
  const { t } = useTranslation("panels");
  const [copied, setCopied] = useState(false);
  const link = context.linkOf?.(plan.key) ?? window.location.href;
  const { lines, look } = drawing();
  return (
    <div className={styles.actions} role="group" aria-label={t("menu.take")}>
      <Action testId="save-png" run={() => void savePng(drawing())}>
        {t("menu.png")}
      </Action>
      <Action testId="save-svg" run={() => saveSvg(drawing())}>
        {t("menu.svg")}
      </Action>
      <Action testId="save-csv" run={() => saveCsv(drawing())}>
        {t("menu.csv")}
      </Action>
      <a className={styles.action} href={allPointsUrl(lines, context.run, look.axis)} download data-testid="all-points">
        {t("menu.allPoints")}
      </a>
      <Action testId="copy-link" run={() => void copyText(link).then(setCopied)}>
        {t(copied ? "menu.copied" : "menu.copyLink")}
      </Action>
      <Action testId="as-page" run={Object.keys(settings.settings).length > 0 ? settings.clear : null}>
        {t("menu.asPage")}
      </Action>
    </div>
  );
}

export function PanelActions(props: PanelMenuProps & { readonly onDone: () => void }) {
  const { t } = useTranslation("panels");
  const { layout, isFocused, onFocus, onDone } = props;
  return (
    <>
      {isFocused ? null : (
        <div className={styles.actions}>
          <Action
            testId="full-screen"
            run={() => {
              onDone();
              onFocus();
            }}
          >
            {t("menu.fullScreen")}
          </Action>
        </div>
      )}
      {layout ? <PlaceActions layout={layout} onDone={onDone} /> : null}
      <TakeActions {...props} />
    </>
  );
}
