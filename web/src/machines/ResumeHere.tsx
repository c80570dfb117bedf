import { ActionIcon, Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { MachineRow } from "../api/client";
import { DownIcon, PlayIcon } from "../ui/icons";
import { shortName } from "./derive";
import { useWait } from "./use-wait";
import styles from "./Waiting.module.css";

interface ResumeHereProps {
  readonly machine: Pick<MachineRow, "host" | "starts" | "cards">;
  readonly run: string;
  readonly name: string;
  /** Words of a failed try are another try's. */
  readonly isAgain?: boolean;
}

/** Lets a run that ended go on at a machine: one press when a card is free, the menu for a certain card or at once. */
export function ResumeHere({ machine, run, name, isAgain = false }: ResumeHereProps) {
  const { t } = useTranslation("machines");
  const { mutate, isPending } = useWait(machine.host);
  const isOff = !machine.starts;
  const what = t(isAgain ? "go.again" : "go.whenFree");
  const why = isOff ? { title: t("go.nobody", { host: machine.host }) } : {};
  return (
    <span className={styles.resume} {...why}>
      <Button
        variant="default"
        size="compact-sm"
        className={styles.main ?? ""}
        leftSection={<PlayIcon />}
        disabled={isOff}
        loading={isPending}
        aria-label={t("labelOf", { what, name })}
        data-testid="resume-here"
        onClick={() => mutate({ run })}
      >
        {what}
      </Button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={26} className={styles.others ?? ""} disabled={isOff} aria-label={t("labelOf", { what: t("go.others"), name })} title={isOff ? undefined : t("go.others")} data-testid="resume-others">
            <DownIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown className={styles.menu ?? ""}>
          <Menu.Item data-testid="resume-now" onClick={() => mutate({ run, now: true })}>
            {t("go.now")}
          </Menu.Item>
          {machine.cards.length > 1
            ? machine.cards.map(({ uuid, index, name: model }) => (
                <Menu.Item key={uuid} onClick={() => mutate({ run, card: uuid })}>
                  {t("go.onCard", { index, model: shortName(model) })}
                </Menu.Item>
              ))
            : null}
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
