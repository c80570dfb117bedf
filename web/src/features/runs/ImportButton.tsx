import { Button, FileButton } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { ImportIcon } from "../../ui/icons";

/** For those who cannot drag: chooses files to import. */
export function ImportButton({ onFiles, className }: { onFiles: (files: readonly File[]) => void; className?: string | undefined }) {
  const { t } = useTranslation("runs");
  const reset = useRef<() => void>(null);
  const choose = (files: File[]) => {
    reset.current?.(); // the same file may be chosen again
    onFiles(files);
  };
  return (
    <FileButton onChange={choose} accept=".yoloscope" multiple resetRef={reset}>
      {(props) => (
        <Button {...props} className={className ?? ""} size="xs" variant="default" leftSection={<ImportIcon />}>
          {t("import.button")}
        </Button>
      )}
    </FileButton>
  );
}
