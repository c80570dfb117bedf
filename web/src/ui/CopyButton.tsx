import { ActionIcon } from "@mantine/core";
import { useEffect, useState } from "react";
import { copyText } from "../lib/clipboard";
import { CheckIcon, CopyIcon } from "./icons";

const SHOWN_MS = 1_500;

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
  readonly doneLabel: string;
}

export function CopyButton({ text, label, doneLabel }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const said = done ? doneLabel : label;
  return (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={said} title={said} onClick={() => void copyText(text).then(setDone)}>
      {done ? <CheckIcon /> : <CopyIcon />}
    </ActionIcon>
  );
}
