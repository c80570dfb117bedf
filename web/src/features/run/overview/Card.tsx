import type { ReactNode } from "react";
import { TabLink } from "../TabLink";
import type { TabId } from "../tab-ids";
import styles from "./Overview.module.css";

interface CardProps {
  readonly id: string;
  readonly title: string;
  /** The part of the page that holds all of it. */
  readonly more?: { readonly run: string; readonly tab: TabId; readonly label: string };
  /** Another way onwards, in its place. */
  readonly link?: ReactNode;
  readonly children: ReactNode;
}

/** One thing of a run in a box, with the way to the rest of it. */
export function Card({ id, title, more, link, children }: CardProps) {
  return (
    <section className={styles.card} aria-labelledby={`overview-${id}`} data-testid={`overview-${id}`}>
      <header className={styles.cardHead}>
        <h2 className={styles.cardTitle} id={`overview-${id}`}>
          {title}
        </h2>
        {more ? (
          <TabLink run={more.run} tab={more.tab} className={styles.more}>
            {more.label}
          </TabLink>
        ) : null}
        {link}
      </header>
      {children}
    </section>
  );
}
