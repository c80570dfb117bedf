import { Popover } from "@mantine/core";
import { useLayoutEffect, type RefCallback } from "react";
import type { DropdownProps } from "./Dropdown";

interface OpenProps extends Omit<DropdownProps, "renderTarget"> {
  /** The button that opened it; `id` is its. */
  readonly anchor: HTMLElement;
  readonly id: string;
}

type Given = RefCallback<HTMLElement> | null | undefined;

/** Stands for an element that is on the page already. */
function Existing({ element, ref }: { element: HTMLElement; ref?: Given }) {
  useLayoutEffect(() => {
    ref?.(element); // Popover.Target gives a function, whatever else a ref may be
    return () => void ref?.(null);
  }, [ref, element]);
  return null;
}

export default function DropdownPopover({ anchor, id, label, className, children, onChange, ...look }: OpenProps) {
  return (
    <Popover {...look} opened id={id} onChange={onChange} trapFocus returnFocus>
      <Popover.Target>
        <Existing element={anchor} />
      </Popover.Target>
      <Popover.Dropdown className={className ?? ""} aria-label={label}>
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}
