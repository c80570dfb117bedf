import { lazy, Suspense, useId, useState, type ReactNode, type RefCallback } from "react";

const DropdownPopover = lazy(() => import("./DropdownPopover"));

/** What the button takes that opens it. */
export interface TargetProps {
  readonly ref: RefCallback<HTMLButtonElement>;
  readonly id: string;
  readonly "aria-haspopup": "dialog";
  readonly "aria-expanded": boolean;
}

export interface DropdownProps {
  readonly opened: boolean;
  readonly onChange: (opened: boolean) => void;
  readonly label: string;
  readonly position: "bottom-start" | "bottom-end";
  readonly offset?: number;
  readonly shadow?: "none" | "md";
  readonly className?: string | undefined;
  readonly renderTarget: (props: TargetProps) => ReactNode;
  readonly children: ReactNode;
}

/** A popover below its button. What places it loads when it first opens: a page that only might open one need not wait for it. */
export function Dropdown({ renderTarget, ...rest }: DropdownProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      {renderTarget({ ref: setAnchor, id, "aria-haspopup": "dialog", "aria-expanded": rest.opened })}
      {rest.opened && anchor ? (
        <Suspense>
          <DropdownPopover {...rest} anchor={anchor} id={id} />
        </Suspense>
      ) : null}
    </>
  );
}
