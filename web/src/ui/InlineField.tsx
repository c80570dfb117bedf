import { useCallback, useRef, useState, type RefCallback } from "react";

interface InlineFieldProps {
  readonly value: string;
  readonly label: string;
  readonly maxLength: number;
  readonly className: string | undefined;
  /** The new text, trimmed, or null where it is empty, the same or given up. */
  readonly onDone: (text: string | null, by: "keyboard" | "leaving") => void;
}

/** A field in place of a text. Enter or leaving it is done, Escape gives it up. */
export function InlineField({ value, label, maxLength, className, onDone }: InlineFieldProps) {
  const [typed, setTyped] = useState(value);
  const trimmed = typed.trim();
  const text = trimmed === "" || trimmed === value ? null : trimmed;
  return (
    <input
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was asked for by the button that it takes the place of
      autoFocus
      className={className}
      aria-label={label}
      maxLength={maxLength}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => onDone(text, "leaving")}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
        event.preventDefault(); // else the key goes on to the button that gets the focus
        event.stopPropagation();
        onDone(event.key === "Enter" ? text : null, "keyboard");
      }}
    />
  );
}

/** Gives the focus back to the button that an inline field took the place of. */
export function useFocusBack(): readonly [attach: RefCallback<HTMLButtonElement>, want: (by: "keyboard" | "leaving") => void] {
  const wanted = useRef(false);
  const attach = useCallback((button: HTMLButtonElement | null) => {
    if (wanted.current) button?.focus();
    wanted.current = false;
  }, []);
  const want = useCallback((by: "keyboard" | "leaving") => {
    wanted.current = by === "keyboard";
  }, []);
  return [attach, want];
}
