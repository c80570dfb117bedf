import { useEffect, useRef, type ReactNode } from "react";
import styles from "./Palette.module.css";

interface DialogProps {
  readonly label: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

/** A window above the page that holds the focus; Escape and a click beside it close it, and the focus goes back. */
export function Dialog({ label, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      {children}
    </dialog>
  );
}
