import { Popover } from "@mantine/core";
import { useLayoutEffect, type Ref, type RefCallback } from "react";
import type { DropdownProps } from "./Dropdown";

interface OpenProps extends Omit<DropdownProps, "target"> {
  /** The button that opened it; `id` is its. */
  readonly anchor: HTMLElement;
  readonly id: string;
}

const give = (to: Ref<HTMLElement> | undefined, element: HTMLElement | null): void => {
  if (typeof to === "function") (to as RefCallback<HTMLElement>)(element);
  else if (to) to.current = element;
};

/** Stands for an element that is on the page already. */
function Existing({ element, ref }: { element: HTMLElement; ref?: Ref<HTMLElement> }) {
  useLayoutEffect(() => {
    give(ref, element);
    return () => give(ref, null);
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
