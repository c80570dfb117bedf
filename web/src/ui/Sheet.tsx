import type { ReactNode } from "react";
import { CloseIcon } from "./icons";
import styles from "./Sheet.module.css";
import { useModal } from "./use-modal";

interface SheetProps {
  readonly title: string;
  readonly closeLabel: string;
  readonly close: () => void;
  readonly testId?: string;
  /** The buttons at the lower edge, where a thumb reaches them. */
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

/** A window above the page, at the lower edge of a narrow one. */
export function Sheet({ title, closeLabel, close, testId, footer, children }: SheetProps) {
  return (
    <dialog {...useModal(close)} className={styles.sheet} aria-label={title} data-testid={testId}>
      <div className={styles.inner}>
        <header className={styles.head}>
          <h2>{title}</h2>
          <button type="button" className={styles.close} aria-label={closeLabel} title={closeLabel} onClick={close}>
            <CloseIcon />
          </button>
        </header>
        <div className={styles.body}>{children}</div>
        {footer ? <footer className={styles.foot}>{footer}</footer> : null}
      </div>
    </dialog>
  );
}
