import type { ReactNode } from "react";
import { useModal } from "../../ui/use-modal";
import styles from "./Palette.module.css";

interface DialogProps {
  readonly label: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

/** A window above the page that holds the focus. */
export function Dialog({ label, close, children }: DialogProps) {
  return (
    <dialog {...useModal(close)} className={styles.dialog} aria-label={label}>
      {children}
    </dialog>
  );
}
