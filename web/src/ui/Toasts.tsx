import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { CloseIcon, InfoIcon, WarningIcon } from "./icons";
import styles from "./Toasts.module.css";
import { withoutToast, withToast, type Toast, type ToastAsk } from "./toast-list";

const SHOWN_MS = 10_000;

interface Toasts {
  show(ask: ToastAsk): void;
}

const Context = createContext<Toasts | null>(null);

/** What tells people that something was done or went wrong, and lets them take it back. */
export function useToasts(): Toasts {
  const toasts = useContext(Context);
  if (!toasts) throw new Error("useToasts needs a ToastProvider above");
  return toasts;
}

interface ToastCardProps {
  readonly toast: Toast;
  readonly paused: boolean;
  readonly dismissLabel: string;
  readonly dismiss: (id: number) => void;
}

/** Goes by itself; looking at any of them keeps all. */
function useLeave({ toast, paused, dismiss }: Omit<ToastCardProps, "dismissLabel">): void {
  useEffect(() => {
    if (paused) return undefined;
    const timer = setTimeout(() => dismiss(toast.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [toast.id, paused, dismiss]);
}

function ToastCard({ toast, paused, dismissLabel, dismiss }: ToastCardProps) {
  useLeave({ toast, paused, dismiss });
  const act = () => {
    dismiss(toast.id);
    toast.action?.run();
  };
  return (
    <li className={styles.toast} data-tone={toast.tone} data-testid="toast">
      {toast.tone === "bad" ? <WarningIcon /> : <InfoIcon />}
      <span className={styles.text}>{toast.text}</span>
      {toast.action ? (
        <button type="button" className={styles.action} onClick={act}>
          {toast.action.label}
        </button>
      ) : null}
      <button type="button" className={styles.close} aria-label={dismissLabel} title={dismissLabel} onClick={() => dismiss(toast.id)}>
        <CloseIcon />
      </button>
    </li>
  );
}

interface ToastProviderProps {
  readonly label: string;
  readonly dismissLabel: string;
  readonly children: ReactNode;
}

/** Holds the toasts and shows them in a corner; screen readers say each new one when they are free to. */
export function ToastProvider({ label, dismissLabel, children }: ToastProviderProps) {
  const [shown, setShown] = useState<readonly Toast[]>([]);
  const [paused, setPaused] = useState(false);
  const nextId = useRef(0);
  const toasts = useMemo(
    () => ({ show: (ask: ToastAsk) => setShown((now) => withToast(now, { ...ask, id: (nextId.current += 1) })) }),
    [],
  );
  const dismiss = useCallback((id: number) => {
    setShown((now) => withoutToast(now, id));
    setPaused(false); // what is gone sends no leave and no blur
  }, []);
  return (
    <Context value={toasts}>
      {children}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- looking at the list only keeps it from going */}
      <ul
        className={styles.region}
        aria-live="polite"
        aria-label={label}
        onPointerEnter={() => setPaused(true)}
        onPointerLeave={() => setPaused(false)}
        onFocus={() => setPaused(true)}
        onBlur={() => setPaused(false)}
      >
        {shown.map((toast) => (
          <ToastCard key={toast.id} toast={toast} paused={paused} dismissLabel={dismissLabel} dismiss={dismiss} />
        ))}
      </ul>
    </Context>
  );
}
