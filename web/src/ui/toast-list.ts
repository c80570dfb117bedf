export interface ToastAsk {
  readonly text: string;
  readonly tone?: "bad";
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface Toast extends ToastAsk {
  readonly id: number;
}

const MOST = 3; // more hide the page, and nobody reads a fourth

/** The shown toasts with one more; the oldest make room. */
export function withToast(shown: readonly Toast[], toast: Toast): readonly Toast[] {
  return [...shown, toast].slice(-MOST);
}

export function withoutToast(shown: readonly Toast[], id: number): readonly Toast[] {
  return shown.filter((toast) => toast.id !== id);
}
