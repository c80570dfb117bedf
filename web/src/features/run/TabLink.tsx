import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { TabId } from "./tab-ids";

interface TabLinkProps {
  readonly run: string;
  /** Null leads to the first part of the page. */
  readonly tab: TabId | null;
  readonly className?: string | undefined;
  readonly title?: string;
  readonly tone?: string;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** Leads to another part of the run's page; how its charts are looked at stays. */
export function TabLink({ run, tab, className, title, tone, testId, children }: TabLinkProps) {
  return (
    <Link
      from="/runs/$runId"
      to="/runs/$runId"
      params={{ runId: run }}
      search={(now) => ({ ...now, tab: tab ?? undefined })}
      className={className}
      title={title}
      data-tone={tone}
      data-testid={testId}
    >
      {children}
    </Link>
  );
}
