import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery } from "../features/login/queries";
import { useLive } from "../series/live-context";
import { LogoIcon } from "../ui/icons";
import { Notice } from "../ui/Notice";
import { ToastProvider } from "../ui/Toasts";
import { ConnectionBadge } from "./ConnectionBadge";
import { LanguageToggle } from "./LanguageToggle";
import { CommandBar } from "./palette/CommandBar";
import styles from "./Shell.module.css";
import { ThemeToggle } from "./ThemeToggle";

const LoginPage = lazy(() => import("../features/login/LoginPage"));

function Nav() {
  const { t } = useTranslation();
  const list = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    list.current?.querySelector(`[href="/${pathname.split("/")[1] ?? ""}"]`)?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <nav ref={list} className={styles.nav} aria-label={t("nav.label")}>
      <Link to="/" activeOptions={{ exact: true, includeSearch: false }} className={styles.navLink}>
        {t("nav.runs")}
      </Link>
      <Link to="/compare" className={styles.navLink}>
        {t("nav.compare")}
      </Link>
      <Link to="/boards" className={styles.navLink}>
        {t("nav.boards")}
      </Link>
      <Link to="/learnt" className={styles.navLink}>
        {t("nav.learnt")}
      </Link>
      <Link to="/machines" className={styles.navLink}>
        {t("nav.machines")}
      </Link>
      <Link to="/autopilot" className={styles.navLink}>
        {t("nav.autopilot")}
      </Link>
    </nav>
  );
}

function TopBar({ children, pages, version }: { children: ReactNode; pages: ReactNode; version: string | undefined }) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar} data-print="never">
      <a className={styles.skip} href="#content">
        {t("skip")}
      </a>
      <Link to="/" className={styles.brand} aria-label={t("home")} title={version ? t("version", { version }) : undefined}>
        <LogoIcon />
        <span>yoloscope</span>
      </Link>
      {pages}
      <div className={styles.tools}>
        {children}
        <Button component="a" href="/docs" variant="subtle" color="gray" size="compact-sm" className={styles.api} title={t("apiDocs")}>
          API
        </Button>
        <LanguageToggle />
        <ThemeToggle />
      </div>
    </header>
  );
}

/** The live connection lasts while somebody may read: it would only be refused before that. */
function SignedIn() {
  const live = useLive();
  useEffect(() => {
    live.start();
    return () => live.close();
  }, [live]);
  return <Outlet />;
}

function Content() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(sessionQuery());
  if (data?.auth_required && !data.authenticated) {
    return (
      <Suspense>
        <LoginPage />
      </Suspense>
    );
  }
  if (data) return <SignedIn />;
  if (!error) return null;
  return (
    <Notice title={t("unreachable.title")} detail={error.message} action={{ label: t("unreachable.retry"), run: () => void refetch() }} />
  );
}

function useMaySee(): boolean {
  const { data } = useQuery(sessionQuery());
  return data !== undefined && (data.authenticated || !data.auth_required);
}

/** The frame around every page. */
export function Shell() {
  const { t } = useTranslation("commands");
  const { data } = useQuery(sessionQuery());
  const maySee = useMaySee();
  return (
    <ToastProvider label={t("toasts.label")} dismissLabel={t("toasts.dismiss")}>
      <div className={styles.shell}>
        <TopBar version={data?.version} pages={maySee ? <Nav /> : null}>
          {maySee ? <ConnectionBadge /> : null}
          {maySee ? <CommandBar /> : null}
        </TopBar>
        <main id="content" className={styles.main} tabIndex={-1}>
          <Content />
        </main>
      </div>
    </ToastProvider>
  );
}
