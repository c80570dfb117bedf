import { ActionIcon, Slider } from "@mantine/core";
import styles from "./EpochSlider.module.css";
import { LeftIcon, RightIcon } from "./icons";

interface EpochSliderProps {
  /** The epochs there are, ascending. */
  readonly epochs: readonly number[];
  readonly value: number;
  readonly label: string;
  readonly earlier: string;
  readonly later: string;
  /** What stands beside the slider, "epoch 12 of 100". */
  readonly text: string;
  readonly onChange: (epoch: number) => void;
}

/** Chooses among the epochs of which there is something to show; they need not follow one another. */
export function EpochSlider({ epochs, value, label, earlier, later, text, onChange }: EpochSliderProps) {
  const found = epochs.findLastIndex((epoch) => epoch <= value);
  const at = Math.max(0, found);
  const go = (index: number) => {
    const epoch = epochs[index];
    if (epoch !== undefined) onChange(epoch);
  };
  return (
    <div className={styles.slider}>
      <ActionIcon variant="subtle" color="gray" aria-label={earlier} title={earlier} disabled={at === 0} onClick={() => go(at - 1)}>
        <LeftIcon />
      </ActionIcon>
      <Slider
        className={styles.track}
        size="sm"
        min={0}
        max={Math.max(0, epochs.length - 1)}
        step={1}
        label={null}
        value={at}
        onChange={go}
        thumbLabel={label}
        thumbProps={{ "aria-valuetext": text }}
        data-testid="epoch-slider"
      />
      <ActionIcon variant="subtle" color="gray" aria-label={later} title={later} disabled={at >= epochs.length - 1} onClick={() => go(at + 1)}>
        <RightIcon />
      </ActionIcon>
      <span className={styles.value}>{text}</span>
    </div>
  );
}
