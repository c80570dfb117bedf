import { useNavigate, type ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Notice } from "../ui/Notice";

export function NotFound() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return <Notice title={t("notFound.title")} action={{ label: t("notFound.back"), run: () => void navigate({ to: "/" }) }} />;
}

export function Crash({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Notice title={t("crash.title")} detail={error instanceof Error ? error.message : String(error)} action={{ label: t("crash.reload"), run: () => window.location.reload() }} />
  );
}
