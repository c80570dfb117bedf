import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./Notice.module.css";

interface NoticeProps {
  readonly title: string;
  readonly detail?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly children?: ReactNode;
}

/** What a screen or a panel says in place of its content: an error with a way out, or that there is nothing. */
export function Notice({ title, detail, action, children }: NoticeProps) {
  return (
    <div className={styles.notice}>
      <p className={styles.title}>{title}</p>
      {detail ? <p className={styles.detail}>{detail}</p> : null}
      {children}
      {action ? (
        <Button size="compact-sm" variant="default" onClick={action.run}>
          {action.label}
        </Button>
      ) : null}
    </div>
  );
}
