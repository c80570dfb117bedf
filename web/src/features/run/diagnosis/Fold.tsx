import { useId, useState, type ReactNode } from "react";
import { DownIcon } from "../../../ui/icons";
import styles from "./Diagnosis.module.css";

interface FoldProps {
  readonly id: string;
  readonly title: string;
  /** Whether the page wants to show something in it. */
  readonly isSought?: boolean;
  readonly children: ReactNode;
}

/** What few people want to read, behind its name. */
export function Fold({ id, title, isSought = false, children }: FoldProps) {
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isOpen = wanted ?? isSought;
  if (isSought && wanted === false) setWanted(null);
  const heading = useId();
  return (
    <section className={styles.fold} aria-labelledby={heading} data-testid={`fold-${id}`}>
      <h2 id={heading}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setWanted(!isOpen)}>
          <DownIcon />
          {title}
        </button>
      </h2>
      {isOpen ? <div className={styles.folded}>{children}</div> : null}
    </section>
  );
}
