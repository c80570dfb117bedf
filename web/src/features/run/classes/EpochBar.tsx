import { ActionIcon } from "@mantine/core";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../../../i18n/use-language";
import { formatX } from "../../../lib/format";
import { EpochSlider } from "../../../ui/EpochSlider";
import { PauseIcon, PlayIcon } from "../../../ui/icons";

const STEP_MS = 350;

interface EpochBarProps {
  readonly epochs: readonly number[];
  readonly value: number;
  readonly onChange: (epoch: number) => void;
}

function usePlay({ epochs, value, onChange }: EpochBarProps) {
  const [playing, setPlaying] = useState(false);
  const step = useEffectEvent(() => {
    const next = epochs.find((epoch) => epoch > value);
    if (next === undefined) setPlaying(false);
    else onChange(next);
  });
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => step(), STEP_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const toggle = () => {
    const [first] = epochs;
    if (!playing && first !== undefined && value >= (epochs.at(-1) ?? 0)) onChange(first);
    setPlaying(!playing);
  };
  return { playing, toggle };
}

/** Chooses an epoch, or goes through all of them. Nothing where there is but one. */
export function EpochBar(props: EpochBarProps) {
  const { t } = useTranslation("classes");
  const language = useLanguage();
  const { playing, toggle } = usePlay(props);
  const { epochs, value, onChange } = props;
  const said = t("epochOf", { epoch: formatX(value, "epoch", language), last: formatX(epochs.at(-1) ?? value, "epoch", language) });
  if (epochs.length < 2) return <span>{said}</span>;
  const word = t(playing ? "pause" : "play");
  return (
    <>
      <ActionIcon variant="default" aria-label={word} title={word} data-testid="epoch-play" onClick={toggle}>
        {playing ? <PauseIcon /> : <PlayIcon />}
      </ActionIcon>
      <EpochSlider epochs={epochs} value={value} label={t("epoch")} earlier={t("earlier")} later={t("later")} text={said} onChange={onChange} />
    </>
  );
}
