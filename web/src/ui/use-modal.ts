import { useEffect, useRef, type PointerEvent, type RefObject, type SyntheticEvent } from "react";

interface Modal {
  readonly ref: RefObject<HTMLDialogElement | null>;
  readonly onCancel: (event: SyntheticEvent<HTMLDialogElement>) => void;
  readonly onPointerDown: (event: PointerEvent<HTMLDialogElement>) => void;
}

/** What makes a dialog a window above the page that holds the focus: Escape and a press beside it close it, and the focus goes back. */
export function useModal(close: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = ref.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return {
    ref,
    onCancel(event) {
      event.preventDefault();
      close();
    },
    onPointerDown(event) {
      if (event.target === event.currentTarget) close();
    },
  };
}
